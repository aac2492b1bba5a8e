import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { connectEmbedded, type LedgerConnection } from '../ledger/connection.ts';
import { type EngineSupervisor, superviseEngine } from '../ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../ledger/migrate.ts';
import { silentLog } from '../log.ts';
import { SampleSeries } from './sample-series.ts';
import type { SeriesQuery } from './series.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 20, 10);
let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;
let series: SampleSeries;

type Point = readonly [seconds: number, value: number | string];

const kept: readonly [
  name: string,
  kind: string,
  source: string,
  labels: object,
  points: readonly Point[],
][] = [
  [
    'usage',
    'gauge',
    'gpu h1:9',
    { zone: 'a' },
    [
      [0, 1],
      [30, 3],
      [60, 8],
      [180, 5],
    ],
  ],
  [
    'usage',
    'gauge',
    'gpu h2:9',
    { zone: 'b' },
    [
      [0, 10],
      [60, 'nan'],
      [61, 20],
    ],
  ],
  // Sent twice: the later one holds.
  ['usage', 'gauge', 'gpu h2:9', { zone: 'b' }, [[0, 12]]],
  // Sixty a minute, begun anew in the third.
  [
    'served',
    'counter',
    'gpu h1:9',
    { zone: 'a' },
    [
      [-30, 970],
      [30, 1030],
      [90, 1090],
      [150, 60],
      [210, 120],
    ],
  ],
  [
    'served',
    'counter',
    'gpu h2:9',
    { zone: 'b' },
    [
      [-900, 0],
      [30, 600],
      [90, 720],
    ],
  ],
  [
    'sent',
    'delta',
    'gpu h1:9',
    {},
    [
      [10, 30],
      [20, 30],
      [70, 6],
    ],
  ],
];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-samples-'));
  engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  let seq = 0;
  const rows = kept.flatMap(([name, kind, source, labels, points]) =>
    points.map(([seconds, value]) => {
      seq += 1;
      return [seq, name, kind, source, labels, START_MS + seconds * 1000, String(value)];
    }),
  );
  await connection.command(
    `INSERT INTO bellwether.samples (journal, seq, received_at, source, name, kind, labels, timestamp, value)
     SELECT 'j', row.1, toDateTime64(0, 3), row.4, row.2, row.3, row.5, fromUnixTimestamp64Milli(row.6), toFloat64(row.7)
     FROM (SELECT arrayJoin(JSONExtract({rows:String},
       'Array(Tuple(UInt64, String, String, String, Map(String, String), Int64, String))')) AS row)`,
    { rows: JSON.stringify(rows) },
  );
  series = new SampleSeries(connection);
});

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function values(measure: string, more: Partial<SeriesQuery> = {}) {
  const grid = { fromMs: START_MS, toMs: START_MS + 4 * MINUTE_MS, stepMs: MINUTE_MS };
  const found = await series.query({ measure, by: [], where: [], ...grid, ...more });
  return found.map((one) => [one.labels, one.values]);
}

describe('series of samples', () => {
  const nothing = Number.NaN;

  it('gives the mean of a level in each step, and nothing where there is none', async () => {
    expect(await values('sample:usage', { by: ['zone'] })).toEqual([
      [{ zone: 'a' }, [2, 8, nothing, 5]],
      [{ zone: 'b' }, [12, 20, nothing, nothing]],
    ]);
    expect(await values('sample:usage')).toEqual([[{}, [7, 14, nothing, 5]]]);
    expect(await values('sample_sum:usage')).toEqual([[{}, [14, 28, nothing, 5]]]);
    expect(await values('sample_max:usage')).toEqual([[{}, [12, 20, nothing, 5]]]);
  });

  it('gives the rate of a counter that began anew, and none over a long silence', async () => {
    expect(await values('sample:served', { by: ['zone'] })).toEqual([
      [{ zone: 'a' }, [1, 1, 1, 1]],
      [{ zone: 'b' }, [nothing, 2, nothing, nothing]],
    ]);
    expect(await values('sample:served')).toEqual([[{}, [1, 3, 1, 1]]]);
    expect(await values('sample:sent')).toEqual([[{}, [1, 0.1, nothing, nothing]]]);
  });

  it('knows job and instance from the source, and filters by labels', async () => {
    expect(await values('sample:usage', { by: ['job', 'instance'], seriesMax: 1 })).toEqual([
      [{ job: 'gpu', instance: 'h1:9' }, [2, 8, nothing, 5]],
    ]);
    const where = [{ dimension: 'instance', operator: '!=' as const, values: ['h1:9'] }];
    expect(await values('sample:usage', { where })).toEqual([[{}, [12, 20, nothing, nothing]]]);
    const quoted = [{ dimension: "zo'ne", operator: '=' as const, values: ["a'"] }];
    expect(await values('sample:usage', { where: quoted })).toEqual([[{}, Array(4).fill(nothing)]]);
  });

  it('counts the series that there are', async () => {
    const grid = { fromMs: START_MS, toMs: START_MS + 4 * MINUTE_MS, stepMs: MINUTE_MS };
    const count = (measure: string, by: string[]) => series.count({ measure, by, where: [], ...grid });
    expect(await count('sample:usage', ['zone'])).toBe(2);
    expect(await count('sample:usage', [])).toBe(1);
    expect(await count('sample:none', ['zone'])).toBe(0);
    const where = [{ dimension: 'zone', operator: '=' as const, values: ['a'] }];
    expect(await series.count({ measure: 'sample:usage', by: ['instance'], where, ...grid })).toBe(1);
  });

  it('has one empty series where there is nothing of the name', async () => {
    expect(await values('sample:none')).toEqual([[{}, Array(4).fill(nothing)]]);
    expect(await values('sample:none', { by: ['zone'] })).toEqual([]);
  });

  it('refuses what is too much', async () => {
    await expect(values('sample:usage', { by: ['zone'], seriesMax: 1e6 })).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    await expect(values('sample:usage', { by: ['a', 'b', 'c', 'd', 'e'] })).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
  });
});
