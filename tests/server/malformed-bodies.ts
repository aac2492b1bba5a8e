/**
 * Bodies that are wrong, each in a way that cannot be right by chance, for every way
 * in. They follow from a seed.
 */

import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { otlpTypes, toProtobuf } from '../../packages/server/src/ingest/otlp/test-schema.ts';

/** A request that must be refused. */
export interface MalformedRequest {
  readonly path: string;
  readonly type: string;
  readonly encoding?: string;
  readonly body: Buffer;
  /** What is wrong, for whoever reads that it was not refused. */
  readonly why: string;
}

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const PROTOBUF_TYPE = 'application/x-protobuf';

/** So many bytes unpack to more than any body may have. */
const BOMB_BYTES = 48 * 1024 * 1024;

type Random = () => number;
type Json = Readonly<Record<string, unknown>>;

const whole = (random: Random, most: number): number => Math.floor(random() * most);
const pick = <T>(random: Random, list: readonly T[]): T => list[whole(random, list.length)] as T;
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const event = (n: number): Json => ({
  id: `bad-${n}`,
  timestamp: '2026-11-01T00:00:00.123Z',
  provider: 'openai',
  model: 'gpt-4o',
  input_tokens: n,
  attributes: { a: 'ü✓', b: 'text' },
});
const feedback = (n: number): Json => ({
  request_id: `r-${n}`,
  satisfaction_score: 0.5,
  source: 'user',
  tenant: 'ü',
});
const attribute = (key: string, value: Json): Json => ({ key, value });
const nanos = '1790000000000000000';

const traces = (n: number): Json => ({
  resourceSpans: [
    {
      resource: { attributes: [attribute('service.name', { stringValue: 'shop' })] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: n.toString(16).padStart(32, 'a'),
              spanId: n.toString(16).padStart(16, 'b'),
              startTimeUnixNano: nanos,
              endTimeUnixNano: nanos,
              attributes: [
                attribute('gen_ai.operation.name', { stringValue: 'chat' }),
                attribute('gen_ai.request.model', { stringValue: 'gpt-4o' }),
                attribute('gen_ai.usage.input_tokens', { intValue: String(n) }),
              ],
            },
          ],
        },
      ],
    },
  ],
});

const metrics = (n: number): Json => ({
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            { name: 'depth', gauge: { dataPoints: [{ asInt: String(n), timeUnixNano: nanos }] } },
            {
              name: 'time',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  { count: '2', sum: 3, explicitBounds: [1], bucketCounts: ['1', '1'], timeUnixNano: nanos },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});

/** What may stand in place of a value of each kind without ever being right. */
const wrongValues: Readonly<Record<'text' | 'count' | 'score', readonly string[]>> = {
  text: ['5', 'true', '{}', '["gpt-4o"]', '1e999', `"${'x'.repeat(300)}"`, '"\\ud800"'],
  count: ['-1', '1.5', '9007199254740993', '1e999', '-1e999', '"12"', 'true', '[]', '{}', '1e300'],
  score: ['1.01', '-0.1', '"1"', 'true', '1e999', '{}'],
};

/** An object as JSON text, with one value as this text: what `JSON.stringify` could not write is wanted here. */
function withRaw(object: Json, field: string, raw: string): string {
  const rest = Object.entries(object).filter(([name]) => name !== field);
  return `{${[...rest.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`), `${JSON.stringify(field)}:${raw}`].join(',')}}`;
}

function wrongEvent(random: Random, n: number): string {
  const fields = {
    text: ['provider', 'model', 'team', 'id'],
    count: ['input_tokens', 'output_tokens'],
    score: ['quality_score'],
  };
  const kind = pick(random, ['text', 'count', 'score'] as const);
  return pick(random, [
    () => withRaw(event(n), pick(random, fields[kind]), pick(random, wrongValues[kind])),
    () => withRaw(event(n), `unknown_${n}`, '1'),
    () => withRaw(event(n), '__proto__', '{"polluted":true}'),
    () => withRaw(event(n), 'constructor', '{"prototype":{}}'),
    () =>
      withRaw(
        event(n),
        'timestamp',
        pick(random, [
          '"yesterday"',
          '-1',
          '"2026-13-01T00:00:00Z"',
          '"9999-01-01T00:00:00Z"',
          '1e999',
          '[]',
        ]),
      ),
    () => withRaw(event(n), 'attributes', pick(random, ['[]', '"a"', '{"a":{"b":1}}', '{"a":[1]}'])),
    () => JSON.stringify({ ...event(n), [pick(random, ['provider', 'model', 'timestamp'])]: undefined }),
    () => JSON.stringify({ ...event(n), cache_read_tokens: n + 1 }),
  ])();
}

function wrongFeedback(random: Random, n: number): string {
  return pick(random, [
    () => withRaw(feedback(n), 'satisfaction_score', pick(random, wrongValues.score)),
    () => withRaw(feedback(n), 'request_id', pick(random, ['5', '""', 'true', '[]', `"${'x'.repeat(200)}"`])),
    () => withRaw(feedback(n), `unknown_${n}`, '"x"'),
    () => withRaw(feedback(n), '__proto__', '{}'),
    () => withRaw(feedback(n), 'timestamp', pick(random, ['"soon"', '"9999-01-01T00:00:00Z"', '-5'])),
    () => JSON.stringify({ request_id: `r-${n}` }),
    () => JSON.stringify({ satisfaction_score: 1 }),
  ])();
}

/** What OTLP in JSON cannot be. */
function wrongOtlpJson(random: Random, n: number, path: 'traces' | 'metrics'): string {
  const list = path === 'traces' ? 'resourceSpans' : 'resourceMetrics';
  const good = JSON.stringify(path === 'traces' ? traces(n) : metrics(n));
  const time = path === 'traces' ? 'startTimeUnixNano' : 'timeUnixNano';
  return pick(random, [
    () => `{"${list}":${pick(random, ['5', '"x"', 'true', '{}', '[5]', '[[]]', '["x"]'])}}`,
    () =>
      good.replace(
        `"${time}":"${nanos}"`,
        `"${time}":${pick(random, ['-1', '1.5', '"x"', '"-1"', '1e999', '"18446744073709551616"', '{}', 'true'])}`,
      ),
    () => good.replace(/"(spans|metrics)":\[/, `"$1":[${pick(random, ['5', '"x"', '[]', 'false'])},`),
    () =>
      good.replace(
        /"attributes":\[|"dataPoints":\[/,
        (found) => `${found}${pick(random, ['5,', '"x",', '[],'])}`,
      ),
    () => pick(random, ['5', '"x"', '[]', 'true', '']),
  ])();
}

/** Bytes after a whole message that make it none. */
const wrongEnds: readonly Buffer[] = [
  Buffer.from([0x00]),
  Buffer.from([0x0b]),
  Buffer.from([0x0c]),
  Buffer.from([0x0e]),
  Buffer.from([0x0f, 0x01]),
  Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x0d, 0x01, 0x02]),
  Buffer.from([0x09, 0x01]),
  Buffer.alloc(11, 0xff),
  Buffer.from([0x0a]),
];

function wrongProtobuf(random: Random, body: Buffer): Buffer {
  return pick(random, [
    () => Buffer.concat([body, pick(random, wrongEnds)]),
    // The one field at the top says how long it is, so no beginning of it is a message.
    () => body.subarray(0, 1 + whole(random, body.length - 1)),
    () => withBytes(body, pick(random, ['gpt-4o', 'depth', 'service.name'])),
  ])();
}

/** A body with a text in it that is no UTF-8, or cut where it has no such text. */
function withBytes(body: Buffer, found: string): Buffer {
  const at = body.indexOf(found);
  if (at < 0 || found === 'service.name') return body.subarray(0, body.length - 1);
  const damaged = Buffer.from(body);
  damaged[at + 1] = 0xff;
  return damaged;
}

/** A proper beginning of a text. */
const cut = (random: Random, body: Buffer): Buffer => body.subarray(0, 1 + whole(random, body.length - 2));

/** Lists, one in the other, as an attribute of a span in JSON. */
function deepJson(depth: number): Json {
  let value: Json = { stringValue: 'end' };
  for (let level = 0; level < depth; level++) value = { arrayValue: { values: [value] } };
  return { resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: [attribute('deep', value)] }] }] }] };
}

/** Such an attribute in protobuf, by hand: libraries refuse to write it. */
function deepAttribute(depth: number): Buffer {
  let bytes = field(1, Buffer.from('end'));
  for (let level = 0; level < depth; level++) bytes = field(5, field(1, bytes));
  return Buffer.concat([field(1, Buffer.from('deep')), field(2, bytes)]);
}

/** A field of bytes, up to 2 MiB of them. */
function field(number: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  const head = [number * 8 + 2, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from(head), bytes]);
}

const compressors = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;

/** The few that are large or deep, or wrong in their encoding. */
export function heavyRequests(): MalformedRequest[] {
  const brackets = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  const maps = Buffer.from(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`);
  const paths = ['/v1/events', '/v1/feedback', '/v1/traces', '/v1/metrics'];
  const zeros = Buffer.alloc(BOMB_BYTES, 0x20);
  const bombs = Object.entries(compressors).flatMap(([encoding, compress]) => {
    const body = compress(zeros);
    return paths.map((path) => ({ path, type: JSON_TYPE, encoding, body, why: `a bomb of ${encoding}` }));
  });
  return [
    ...paths.flatMap((path) => [
      { path, type: JSON_TYPE, body: brackets, why: 'deep lists' },
      { path, type: JSON_TYPE, body: maps, why: 'deep objects' },
      { path, type: 'text/plain', body: Buffer.from('{}'), why: 'another media type' },
      { path, type: JSON_TYPE, encoding: 'lzma', body: Buffer.from('{}'), why: 'another encoding' },
    ]),
    { path: '/v1/traces', type: JSON_TYPE, body: text(deepJson(500)), why: 'deep attributes' },
    {
      path: '/v1/traces',
      type: PROTOBUF_TYPE,
      body: field(1, field(2, field(2, field(9, deepAttribute(2000))))),
      why: 'deep attributes in protobuf',
    },
    {
      path: '/v1/metrics',
      type: PROTOBUF_TYPE,
      body: field(1, field(2, field(2, field(5, field(1, field(7, deepAttribute(2000))))))),
      why: 'a deep attribute of a point',
    },
    ...bombs,
  ];
}

/** One small body after another. */
export function* smallRequests(random: Random, count: number): Generator<MalformedRequest> {
  for (let n = 0; n < count; n++) yield pick(random, makers)(random, n);
}

const makers: readonly ((random: Random, n: number) => MalformedRequest)[] = [
  (random, n) => ({
    path: '/v1/events',
    type: JSON_TYPE,
    body: cut(random, text(event(n))),
    why: 'cut JSON',
  }),
  (random, n) => ({
    path: '/v1/events',
    type: NDJSON_TYPE,
    body: Buffer.concat([text(event(n)), Buffer.from('\n'), cut(random, text(event(n + 1)))]),
    why: 'a cut line',
  }),
  (random, n) => ({
    path: '/v1/events',
    type: JSON_TYPE,
    body: Buffer.from(wrongEvent(random, n)),
    why: 'a wrong event',
  }),
  (random, n) => ({
    path: '/v1/events',
    type: NDJSON_TYPE,
    body: Buffer.from(`${JSON.stringify(event(n))}\n${wrongEvent(random, n)}\n`),
    why: 'a wrong event after a right one',
  }),
  (random, n) => ({
    path: '/v1/feedback',
    type: JSON_TYPE,
    body: cut(random, text(feedback(n))),
    why: 'cut JSON',
  }),
  (random, n) => ({
    path: '/v1/feedback',
    type: NDJSON_TYPE,
    body: Buffer.from(`${JSON.stringify(feedback(n))}\n${wrongFeedback(random, n)}`),
    why: 'wrong feedback after right',
  }),
  (random, n) => ({
    path: '/v1/traces',
    type: PROTOBUF_TYPE,
    body: wrongProtobuf(random, toProtobuf(otlpTypes.traces, traces(n))),
    why: 'a damaged protobuf',
  }),
  (random, n) => ({
    path: '/v1/metrics',
    type: PROTOBUF_TYPE,
    body: wrongProtobuf(random, toProtobuf(otlpTypes.metrics, metrics(n))),
    why: 'a damaged protobuf',
  }),
  (random, n) => {
    const path = pick(random, ['traces', 'metrics'] as const);
    const body = Buffer.from(wrongOtlpJson(random, n, path));
    return { path: `/v1/${path}`, type: JSON_TYPE, body, why: 'wrong OTLP in JSON' };
  },
  (random, n) => {
    const [path, good] = pick(random, [['traces', traces(n)] as const, ['metrics', metrics(n)] as const]);
    return { path: `/v1/${path}`, type: JSON_TYPE, body: cut(random, text(good)), why: 'cut OTLP in JSON' };
  },
  (random, n) => {
    const [encoding, compress] = pick(random, Object.entries(compressors));
    const { path, type, good, wrong } = pick(random, packable(random, n));
    const packed = compress(good);
    return pick(random, [
      { path, type, encoding, body: packed.subarray(0, packed.length >> 1), why: `half of ${encoding}` },
      { path, type, encoding, body: good, why: `no ${encoding}` },
      { path, type, encoding, body: compress(wrong), why: `wrong within ${encoding}` },
    ]);
  },
];

/** Every way in with what is right for it, to be damaged by its compression, and what is not. */
const packable = (random: Random, n: number) => [
  {
    path: '/v1/events',
    type: JSON_TYPE,
    good: text(event(n)),
    wrong: Buffer.from(wrongEvent(random, n)),
  },
  {
    path: '/v1/events',
    type: NDJSON_TYPE,
    good: Buffer.concat([text(event(n)), Buffer.from('\n'), text(event(n + 1))]),
    wrong: Buffer.from(`${JSON.stringify(event(n))}\n${wrongEvent(random, n)}`),
  },
  {
    path: '/v1/feedback',
    type: JSON_TYPE,
    good: text(feedback(n)),
    wrong: Buffer.from(wrongFeedback(random, n)),
  },
  ...(['traces', 'metrics'] as const).flatMap((name) => {
    const value = name === 'traces' ? traces(n) : metrics(n);
    const message = toProtobuf(otlpTypes[name], value);
    return [
      {
        path: `/v1/${name}`,
        type: JSON_TYPE,
        good: text(value),
        wrong: Buffer.from(wrongOtlpJson(random, n, name)),
      },
      { path: `/v1/${name}`, type: PROTOBUF_TYPE, good: message, wrong: wrongProtobuf(random, message) },
    ];
  }),
];
