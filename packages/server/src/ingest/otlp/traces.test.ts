import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../journal/identities/test-support.ts';
import { wantedAttributes } from './concepts.ts';
import type { OnSpan } from './span.ts';
import { otlpTypes, toProtobuf } from './test-schema.ts';
import { hexId, type Plain, type TestSpan, tracesRequest } from './test-spans.ts';
import { decodeTracesJson } from './traces-json.ts';
import { decodeTracesProtobuf } from './traces-protobuf.ts';
import { MalformedOtlp } from './wire.ts';

/** What a decoder hands over, copied. */
function decoded(decode: (body: Buffer, onSpan: OnSpan) => void, body: Buffer): unknown[] {
  const spans: unknown[] = [];
  decode(body, ({ attributes, ...span }, resource) =>
    spans.push({ ...span, values: [...attributes.values], resource: [...resource.values] }),
  );
  return spans;
}

/** What protobufjs makes of a body, in the JSON form, which our other decoder reads. */
function byDescriptor(body: Buffer): Buffer {
  const message = otlpTypes.traces.toObject(otlpTypes.traces.decode(body), { longs: String, bytes: Array });
  const text = JSON.stringify(message, (key, value: unknown) =>
    /^(trace|span|parentSpan)Id$/.test(key) ? Buffer.from(value as number[]).toString('hex') : value,
  );
  return Buffer.from(text);
}

/** A field of bytes, up to 16,383 of them. */
function field(number: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  const head = length < 128 ? [length] : [(length % 128) | 128, length >> 7];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...head]), bytes]);
}

/** How the decoder ends; any other error than its own goes on. */
function outcomeOf(body: Buffer): 'taken' | 'refused' {
  try {
    decoded(decodeTracesProtobuf, body);
    return 'taken';
  } catch (error) {
    if (error instanceof MalformedOtlp) return 'refused';
    throw error;
  }
}

function randomRequest(random: () => number): Record<string, unknown> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const texts = ['gpt-4o', 'chat', 'openai', '', 'ünïcode ✓', 'x'.repeat(60), 'y'.repeat(3000)];
  const value = (): Plain =>
    pick<() => Plain>([
      () => pick(texts),
      () => Math.floor(random() * 1e6),
      () => -Math.floor(random() * 1e6),
      () => random() * 100 + 0.5,
      () => random() < 0.5,
      () => [pick(texts), pick(texts)],
    ])();
  const attributes = (most: number): Record<string, Plain> => {
    const chosen: Record<string, Plain> = {};
    for (let n = Math.floor(random() * most); n > 0; n--) {
      const isWanted = random() < 0.6;
      chosen[isWanted ? pick(wantedAttributes).key : `other.${Math.floor(random() * 100)}`] = value();
    }
    return chosen;
  };
  const nanos = (): string => String(1_790_000_000_000_000_000n + BigInt(Math.floor(random() * 1e15)));
  const span = (i: number): TestSpan => ({
    traceId: hexId(Math.floor(random() * 1e9) + 1, 32),
    spanId: hexId(i + 1, 16),
    ...(random() < 0.5 ? { parentSpanId: hexId(Math.floor(random() * 20) + 1, 16) } : {}),
    startTimeUnixNano: nanos(),
    endTimeUnixNano: nanos(),
    attributes: attributes(25),
    ...(random() < 0.3 ? { status: { code: Math.floor(random() * 3), message: 'why' } } : {}),
    ...(random() < 0.3
      ? { events: [{ name: pick(['First Token Stream Event', 'x']), timeUnixNano: nanos() }] }
      : {}),
  });
  const parts = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
    tracesRequest(
      Array.from({ length: Math.floor(random() * 6) }, (_, i) => span(i)),
      attributes(6),
    ),
  );
  return { resourceSpans: parts.flatMap((part) => part['resourceSpans']) };
}

describe('the decoders of traces', () => {
  it('agree with a decoder made from the descriptor, and with each other', () => {
    const random = seededRandom(11);
    let spans = 0;
    for (let i = 0; i < 400; i++) {
      const request = randomRequest(random);
      const body = toProtobuf(otlpTypes.traces, request);
      const ours = decoded(decodeTracesProtobuf, body);
      expect(ours).toEqual(decoded(decodeTracesJson, byDescriptor(body)));
      expect(ours).toEqual(decoded(decodeTracesJson, Buffer.from(JSON.stringify(request))));
      spans += ours.length;
    }
    expect(spans).toBeGreaterThan(1000);
  });

  it('refuse every truncation that ends within an entry, as the descriptor-based decoder does', () => {
    const request = tracesRequest(
      [
        {
          attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': ['a', 'b'], n: 5, d: 0.5 },
        },
      ],
      { 'service.name': 'shop' },
    );
    const body = toProtobuf(otlpTypes.traces, request);
    for (let length = 1; length < body.length; length++)
      expect(() => decoded(decodeTracesProtobuf, body.subarray(0, length))).toThrow(MalformedOtlp);
  });

  it('survive any damage with a plain refusal', () => {
    const random = seededRandom(5);
    const outcomes = { taken: 0, refused: 0 };
    for (let i = 0; i < 4000; i++) {
      const body = toProtobuf(otlpTypes.traces, randomRequest(random));
      if (body.length === 0) continue;
      for (let n = 1 + Math.floor(random() * 3); n > 0; n--)
        body[Math.floor(random() * body.length)] = Math.floor(random() * 256);
      outcomes[outcomeOf(body)] += 1;
    }
    expect(outcomes.refused).toBeGreaterThan(1000);
    expect(outcomes.taken).toBeGreaterThan(100);
  });

  it('find the resource wherever it stands, and the name of an attribute after its value', () => {
    const pair = Buffer.concat([
      field(2, field(1, Buffer.from('shop'))),
      field(1, Buffer.from('service.name')),
    ]);
    const spans = field(2, field(2, Buffer.concat([field(2, Buffer.alloc(8, 1)), field(9, pair)])));
    const body = field(1, Buffer.concat([spans, field(1, field(1, pair))]));
    expect(decoded(decodeTracesProtobuf, body)).toEqual(decoded(decodeTracesJson, byDescriptor(body)));
    const [span] = decoded(decodeTracesProtobuf, body) as { values: unknown[]; resource: unknown[] }[];
    expect([span?.values.includes('shop'), span?.resource.includes('shop')]).toEqual([true, true]);
  });

  it.each([
    ['a group', Buffer.from([0x0b])],
    ['field 0', Buffer.from([0x02, 0x00])],
    ['an integer without end', Buffer.alloc(20, 0xff)],
    ['text', Buffer.from('{"resourceSpans":[]}')],
  ])('refuse %s', (_, body) => {
    expect(() => decodeTracesProtobuf(body, () => undefined)).toThrow(MalformedOtlp);
  });

  it('refuse values that lie too deep in each other', () => {
    const nest = (depth: number): Buffer =>
      depth === 0 ? field(1, Buffer.from('x')) : field(5, field(1, nest(depth - 1)));
    const pair = (depth: number): Buffer =>
      Buffer.concat([field(1, Buffer.from('k')), field(2, nest(depth))]);
    const request = (depth: number): Buffer => field(1, field(1, field(1, pair(depth))));
    expect(decoded(decodeTracesProtobuf, request(60))).toEqual([]);
    expect(() => decoded(decodeTracesProtobuf, request(70))).toThrow(MalformedOtlp);
    const deep = Buffer.from(`{"resourceSpans":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(() => decoded(decodeTracesJson, deep)).toThrow(MalformedOtlp);
  });

  it.each([
    ['no object', '[]'],
    ['no JSON', '{'],
    ['a text for a list', '{"resourceSpans":"x"}'],
    ['a span that is none', '{"resourceSpans":[{"scopeSpans":[{"spans":[5]}]}]}'],
    ['a time that is none', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}'],
    ['1e999', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":1e999}]}]}]}'],
    [
      'a number that is none',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"gen_ai.usage.input_tokens","value":{"intValue":"1x"}}]}]}]}]}',
    ],
  ])('refuse JSON with %s', (_, text) => {
    expect(() => decodeTracesJson(Buffer.from(text), () => undefined)).toThrow(MalformedOtlp);
  });
});
