import { type AcceptedEvent, eventFieldNames, parseEvent } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { createHashSeed, hashPayloadBytes, hashPayloadField } from '../journal/identities/index.ts';
import type { Charge } from '../pricing/index.ts';
import { LineWriter } from './line-writer.ts';
import { writeFields, writeRow } from './row.ts';

const context = { nowMs: Date.UTC(2262, 0), futureToleranceMs: 0 };
const stamp = { journal: 'ab12cd34', live: true, receivedMs: 1_764_000_000_007 };
const seed = createHashSeed(Uint8Array.from({ length: 16 }, (_, i) => i * 17));
const unpriced: Charge = { costPicoUsd: null, priceSource: '', priceVersion: '', priceId: '' };

/** An event with every field. */
const full = {
  ...Object.fromEntries(
    eventFieldNames.map((name, i) => [name, /tokens|bytes/.test(name) ? 0 : `text-${i}`]),
  ),
  timestamp: '2026-11-20T10:00:00.000000001Z',
  status: 'timeout',
  input_tokens: 2 ** 53 - 1,
  output_tokens: 1_000_000_000,
  latency_ms: 0.1,
  ttft_ms: 1e-7,
  queue_ms: 12_345.678,
  cost_usd: '12.5',
  quality_score: 1,
  accuracy_score: 0,
  relevance_score: 0.1 + 0.2,
  completeness_score: 1 / 3,
  satisfaction_score: 0.5,
  revenue_usd: '0.000000000001',
  cache_hit: false,
  attributes: { z: 'a "quoted" \\ text', a: '1' },
};

/** What is written of events in both ways: lines, fields that differ, and their hashes. */
function bothWays(events: readonly AcceptedEvent[], charges: readonly Charge[]) {
  const writer = new LineWriter();
  writer.begin(stamp);
  const [asText, asBytes] = [
    { lines: '', hashes: [] as number[] },
    { lines: '', hashes: [] as number[] },
  ];
  events.forEach((event, i) => {
    const charge = charges[i % charges.length] ?? unpriced;
    const fields = writeFields(event);
    asText.lines += `${writeRow(fields, charge, { ...stamp, seq: 2 ** 31 + i, fingerprint: 2 ** 32 - 1 - i })}\n`;
    asText.hashes.push(hashPayloadField(seed, 'c', fields));
    const { text, buffer, start, end } = writer.add(event, charge, 2 ** 31 + i);
    asBytes.hashes.push(
      text === null ? hashPayloadBytes(seed, 'c', buffer, start, end) : hashPayloadField(seed, 'c', text),
    );
    writer.end(2 ** 32 - 1 - i);
  });
  asBytes.lines = Buffer.from(writer.take()).toString('utf8');
  return { asText, asBytes };
}

/** Numbers in 0..1 that are the same in each run. */
function seeded(seedNumber: number): () => number {
  let state = seedNumber;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('LineWriter writes what writeRow writes', () => {
  it('of an event with every field, one alone, and none but the required', () => {
    const least = { timestamp: 0, provider: 'p', model: 'm' };
    const single = Object.entries(full).flatMap(([name, value]) =>
      /cache|reasoning|audio|image/.test(name) ? [] : [{ ...least, [name]: value }],
    );
    const { asText, asBytes } = bothWays(
      [full, least, ...single].map((sent) => parseEvent(sent, context)),
      [unpriced],
    );
    expect(asBytes).toEqual(asText);
  });

  it('of texts that need escapes or are not ASCII', () => {
    const texts = ['"', '\\', '\n', '\u0000', '\u007f', 'é', '😀', '中文', '\u2028', 'a\tb', '~', ' '];
    const events = texts.map((text) =>
      parseEvent({ timestamp: 1, provider: text, model: 'm', attributes: { [text]: text } }, context),
    );
    const { asText, asBytes } = bothWays(events, [
      { costPicoUsd: 1n, priceSource: 'card', priceVersion: 'é"', priceId: '\\' },
      { costPicoUsd: null, priceSource: 'card', priceVersion: '', priceId: 'x' },
    ]);
    expect(asBytes).toEqual(asText);
  });

  it('of amounts of every size', () => {
    const amounts = [
      0n,
      1n,
      9n,
      10n ** 10n,
      10n ** 11n,
      10n ** 12n - 1n,
      10n ** 12n,
      2n ** 53n - 1n,
      2n ** 53n,
    ];
    const charges = [...amounts, 2n ** 53n + 1n, 10n ** 21n, 123_456_789_012_345n, -5n].map(
      (costPicoUsd) => ({
        costPicoUsd,
        priceSource: 'card' as const,
        priceVersion: '1',
        priceId: 'a',
      }),
    );
    const event = parseEvent({ timestamp: 1, provider: 'p', model: 'm' }, context);
    const events = charges.map(() => event);
    const { asText, asBytes } = bothWays(events, charges);
    expect(asBytes).toEqual(asText);
  });

  it('of thousands of events at random', () => {
    const random = seeded(7);
    const texts = ['openai', 'a-b', 'x'.repeat(127), 'ü', '"'];
    const pick = (): string => texts[Math.floor(random() * random() * texts.length)] ?? '';
    const count = (): number => Math.floor(random() * 10 ** Math.floor(random() * 16));
    const events = Array.from({ length: 5000 }, () =>
      parseEvent(
        {
          timestamp: 1e12 + Math.floor(random() * 8e12) / (random() < 0.5 ? 1 : 1000),
          provider: pick(),
          model: pick(),
          request_bytes: count(),
          latency_ms: random() * 10 ** Math.floor(random() * 12 - 3),
          quality_score: random() ** 9,
          revenue_usd: (random() * 1000).toFixed(12),
          id: pick(),
          ...(random() < 0.3 ? { cache_hit: random() < 0.5 } : {}),
          ...(random() < 0.2 ? { attributes: { b: pick(), a: pick() } } : {}),
        },
        context,
      ),
    );
    const { asText, asBytes } = bothWays(events, [unpriced]);
    expect(asBytes).toEqual(asText);
  });

  it('begins anew with each request, and after one that was given up', () => {
    const writer = new LineWriter();
    const event = parseEvent({ timestamp: 1, provider: 'p', model: 'm' }, context);
    const line = `${writeRow(writeFields(event), unpriced, { ...stamp, seq: 1, fingerprint: 5 })}\n`;
    writer.begin(stamp);
    writer.add(event, unpriced, 9);
    writer.begin(stamp);
    writer.add(event, unpriced, 1);
    writer.end(5);
    expect(Buffer.from(writer.take()).toString()).toBe(line);
    writer.begin({ ...stamp, live: false });
    writer.add(event, unpriced, 1);
    writer.end(5);
    expect(Buffer.from(writer.take()).toString()).toBe(line.replace('true', 'false'));
  });
});
