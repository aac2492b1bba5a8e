import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fractionalEpochMs } from './instants.ts';
import { QuantileDistribution } from './quantiles.ts';
import { RandomStream } from './random.ts';
import { openServegenTrace } from './servegen.ts';
import type { ReplayRow, TraceOptions } from './trace.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'servegen-'));
});
afterAll(() => rm(folder, { recursive: true }));

const nowMs = Date.UTC(2026, 10, 20);
const windowsHeader = 'model,client,window_start_s,requests,rate_per_s,interarrival_cv\n';
const tokensHeader = 'model,client,window_start_s,field,mean,p50,p90,p95,p99,max\n';

async function rowsOf(
  windows: string,
  tokens: string,
  options: Partial<TraceOptions> = {},
): Promise<{ rows: ReplayRow[]; eventsTotal: number }> {
  const path = join(folder, 'client_windows_10min.csv');
  await writeFile(path, windows);
  await writeFile(join(folder, 'client_token_distributions.csv'), tokens);
  const trace = await openServegenTrace({ path, nowMs, ...options });
  const rows: ReplayRow[] = [];
  for await (const block of trace.rows()) rows.push(...block);
  return { rows, eventsTotal: trace.eventsTotal };
}

const windows = `${windowsHeader}m-large,0,0,400,0.67,1\nm-large,0,600,0,0,0\nm-large,0,1200,3,0.005,2.5\nm-large,7,0,200,0.33,6\nm-large,7,600,5,0.01,0\n`;
const tokens = `${tokensHeader}m-large,0,0,input_tokens,427.53,275,380,422,4826,5073\nm-large,0,0,output_tokens,147.47,73,196,271,1857,2576\n`;

describe('openServegenTrace', () => {
  it('expands each window into its number of requests, in time order, within the window', async () => {
    const { rows, eventsTotal } = await rowsOf(windows, tokens);
    expect([rows.length, eventsTotal]).toEqual([608, 608]);
    const times = rows.map(({ instant }) => fractionalEpochMs(instant));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const inWindow = (row: number): number[] =>
      rows
        .filter((each) => each.row === row)
        .map(({ instant }) => Math.floor(fractionalEpochMs(instant) / 600_000));
    expect([2, 4, 5, 6].map((row) => [inWindow(row).length, ...new Set(inWindow(row))])).toEqual([
      [400, 0],
      [3, 2],
      [200, 0],
      [5, 1],
    ]);
    expect(new Set(rows.map(({ event }) => event.id)).size).toBe(608);
    expect(new Set(rows.map(({ event }) => event.user_id))).toEqual(
      new Set(['m-large-client-0', 'm-large-client-7']),
    );
    expect(rows[0]?.event).toMatchObject({ provider: 'alibaba_cloud', model: 'm-large' });
  });

  it('gives token counts where the client has a distribution, and none where it has not', async () => {
    const { rows } = await rowsOf(windows, tokens);
    const known = rows.filter(({ event }) => event.user_id === 'm-large-client-0');
    expect(
      known.every(
        ({ event: { input_tokens, output_tokens } }) => (input_tokens ?? 0) > 0 && (output_tokens ?? 0) > 0,
      ),
    ).toBe(true);
    const unknown = rows.filter(({ event }) => event.user_id === 'm-large-client-7');
    expect(unknown.every(({ event }) => !('input_tokens' in event) && !('output_tokens' in event))).toBe(
      true,
    );
  });

  it('repeats itself, and differs in ids and times for another seed or other tables', async () => {
    const first = await rowsOf(windows, tokens);
    expect(await rowsOf(windows, tokens)).toEqual(first);
    const ids = new Set(first.rows.map(({ event }) => event.id));
    for (const other of [await rowsOf(windows, tokens, { seed: 2 }), await rowsOf(windows, `${tokens}\n`)]) {
      expect(other.rows.some(({ event }) => ids.has(event.id))).toBe(false);
    }
    expect((await rowsOf(windows, tokens, { seed: 2 })).rows.map(({ instant }) => instant)).not.toEqual(
      first.rows.map(({ instant }) => instant),
    );
  });

  it('spaces the requests as evenly as the window says', async () => {
    for (const cv of [0.3, 1, 4]) {
      const { rows } = await rowsOf(`${windowsHeader}m,0,0,20000,33,${cv}\n`, tokensHeader);
      const times = rows.map(({ instant }) => fractionalEpochMs(instant));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
      expect(Math.abs(Math.sqrt(variance) / mean / cv - 1)).toBeLessThan(0.1);
    }
  });

  it.each([0, 150, 1e9])(
    'expands a window with a coefficient of variation of %d all the same',
    async (cv) => {
      const { rows } = await rowsOf(`${windowsHeader}m,0,600,50,0.08,${cv}\n`, tokensHeader);
      const times = rows.map(({ instant }) => fractionalEpochMs(instant));
      expect(times.length).toBe(50);
      expect(times.every((time) => time >= 600_000 && time < 1_200_000)).toBe(true);
    },
  );

  it('uses the token counts of the period that a window lies in', async () => {
    const two = `${tokensHeader}m,0,0,input_tokens,10,10,10,10,10,10\nm,0,21600,input_tokens,99,99,99,99,99,99\n`;
    const { rows } = await rowsOf(`${windowsHeader}m,0,21000,1,0,1\nm,0,21600,1,0,1\nm,0,90000,1,0,1\n`, two);
    expect(rows.map(({ event }) => event.input_tokens)).toEqual([10, 99, 99]);
  });

  it.each([
    ['m,0,0,x,0,0\n', 2],
    ['m,0,0,1,0,-1\n', 2],
    ['m,0,zero,1,0,1\n', 2],
    ['m,0,0,99999999,0,1\n', 2],
    [',0,0,1,0,1\n', 2],
  ])('refuses the window %j with its row', async (line, row) => {
    await expect(rowsOf(windowsHeader + line, tokens)).rejects.toMatchObject({ failure: 'bad_row', row });
  });

  it('names the other file when that is bad or missing', async () => {
    await expect(rowsOf(windows, `${tokensHeader}m,0,0,input_tokens,a,1,1,1,1,1\n`)).rejects.toThrow(
      'client_token_distributions.csv: Row 2: mean is not a non-negative number.',
    );
    const alone = await mkdtemp(join(tmpdir(), 'servegen-alone-'));
    await writeFile(join(alone, 'client_windows_10min.csv'), windows);
    await expect(openServegenTrace({ path: join(alone, 'client_windows_10min.csv'), nowMs })).rejects.toThrow(
      'there is none',
    );
    await rm(alone, { recursive: true });
  });
});

describe('QuantileDistribution', () => {
  it.each([
    { mean: 427.53, p50: 275, p90: 380, p95: 422, p99: 4826, max: 5073 },
    { mean: 98.5, p50: 39, p90: 158, p95: 158, p99: 158, max: 158 },
    { mean: 1820, p50: 1820, p90: 1820, p95: 1820, p99: 1820, max: 1820 },
    { mean: 746.21, p50: 478, p90: 2175, p95: 2622, p99: 3315, max: 3315 },
  ])('draws with the quantiles of $p50 … $max', (summary) => {
    const distribution = new QuantileDistribution(summary);
    const random = new RandomStream(1);
    const values = Array.from({ length: 100_000 }, () => distribution.draw(random)).toSorted((a, b) => a - b);
    const near = (q: number, wanted: number): void => {
      expect(Math.abs((values[Math.floor(q * values.length)] ?? 0) / wanted - 1)).toBeLessThan(0.03);
    };
    near(0.5, summary.p50);
    near(0.9, summary.p90);
    near(0.95, summary.p95);
    expect(values.at(-1)).toBeLessThanOrEqual(summary.max);
    expect(values[0]).toBeGreaterThanOrEqual(1);
  });

  it('has the published mean where the quantiles leave room for it', () => {
    const summary = { mean: 427.53, p50: 275, p90: 380, p95: 422, p99: 4826, max: 5073 };
    const distribution = new QuantileDistribution(summary);
    const random = new RandomStream(2);
    let sum = 0;
    for (let i = 0; i < 200_000; i += 1) sum += distribution.draw(random);
    expect(Math.abs(sum / 200_000 / summary.mean - 1)).toBeLessThan(0.02);
  });
});
