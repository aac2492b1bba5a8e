/** Backends beside each other, held against a count row by row, with the real engine. */

import { formatUsd, parseRfc3339, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openTestLedger,
  pick,
  randomRows,
  seededRandom,
  START_MS,
  type TestLedger,
  type TestRow,
} from '../rollups/test-support.ts';
import { backendsText } from './backends-text.ts';
import { type BackendsQuestion, compareBackends, type ServedFigures } from './compare-backends.ts';
import { distributionOf, readCapacities } from './distribution.ts';
import { type Estimate, estimateMean, estimateShare } from './intervals.ts';
import { compare, rank } from './rank.ts';

const HOUR_MS = 3_600_000;
const instant = (ms: number) => {
  const read = parseRfc3339(new Date(ms).toISOString());
  if (read === null) throw new Error(String(ms));
  return read;
};
const period = { from: instant(START_MS + 2 * HOUR_MS), to: instant(START_MS + 8 * HOUR_MS), tenant: null };
const question: BackendsQuestion = { period, rankBy: 'success', model: null, capacities: new Map() };

let ledger: TestLedger;
let rows: TestRow[];

beforeAll(async () => {
  ledger = await openTestLedger();
  const random = seededRandom(9);
  rows = randomRows(random, 3000, 0, 10).map((row) => ({
    ...row,
    algorithm: pick(random, ['rr', 'least', '']),
  }));
  await ledger.insert(rows);
}, 60_000);

afterAll(() => ledger.close());

const inPeriod = ({ timestamp }: TestRow): boolean => {
  const atMs = Date.parse(`${String(timestamp).slice(0, 23).replace(' ', 'T')}Z`);
  return atMs >= START_MS + 2 * HOUR_MS && atMs < START_MS + 8 * HOUR_MS;
};
const placed = (): TestRow[] => rows.filter((row) => inPeriod(row) && row.backend_id !== '');
/** The numbers of a column, as far as it has any. */
const numbersOf = (some: readonly TestRow[], column: keyof TestRow): number[] =>
  some.map((row) => row[column]).filter((value) => typeof value === 'number');
const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The figures of some rows, one by one. */
function byHand(some: readonly TestRow[]) {
  const good = some.filter(({ status }) => status === 'success');
  const costs = some.flatMap(({ cost_usd: cost }) => (typeof cost === 'string' ? [cost] : []));
  const latencies = numbersOf(good, 'latency_ms');
  const grades = numbersOf(some, 'quality_score');
  const pico = costs.reduce((sum, cost) => sum + (parseUsd(cost) ?? 0n), 0n);
  return {
    exact: {
      requests: some.length,
      successes: good.length,
      success: estimateShare(good.length, some.length),
      cost_usd: formatUsd(pico),
      unpriced_requests: some.length - costs.length,
      graded_requests: grades.length,
    },
    latency: sampleOf(latencies),
    cost: sampleOf(costs.map(Number)),
    quality: meanOf(grades),
    latencies,
  };
}

function sampleOf(values: readonly number[]): Estimate {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return estimateMean({ n: values.length, mean, variance });
}

function expectFigures(figures: ServedFigures | undefined, some: readonly TestRow[]): void {
  const { exact, latency, cost, quality, latencies } = byHand(some);
  expect(figures).toMatchObject(exact);
  for (const [found, expected] of [
    [figures?.latency_ms, latency],
    [figures?.cost_per_request_usd, cost],
  ] as const) {
    expect(found?.requests).toBe(expected.requests);
    for (const key of ['value', 'low', 'high'] as const)
      expect((found?.[key] ?? Number.NaN) / (expected[key] || 1)).toBeCloseTo(expected[key] === 0 ? 0 : 1, 9);
  }
  expect(figures?.quality_score).toBeCloseTo(quality, 12);
  const sorted = latencies.toSorted((a, b) => a - b);
  const p95 = sorted[Math.floor(0.95 * (sorted.length - 1))] ?? Number.NaN;
  expect(Math.abs((figures?.latency_p95_ms ?? 0) / p95 - 1)).toBeLessThan(0.011);
}

describe('the comparison', () => {
  it('is what a count row by row gives', async () => {
    const report = await compareBackends(ledger.connection, question);
    const all = placed();
    expect(report).toMatchObject({ requests: all.length, ranked_by: 'success', truncated: false });
    expect(report.backends.map(({ backend }) => backend).toSorted()).toEqual(['b1', 'b2']);
    for (const row of report.backends) {
      const own = all.filter(({ backend_id: backend }) => backend === row.backend);
      expectFigures(row, own);
      expect(row.share).toBe(own.length / all.length);
    }
    expect(report.algorithms.map(({ algorithm }) => algorithm).toSorted()).toEqual([
      'least',
      'rr',
      'unknown',
    ]);
    for (const row of report.algorithms) {
      const own = all.filter(({ algorithm }) => (algorithm || 'unknown') === row.algorithm);
      expectFigures(row, own);
      const { exact, quality } = byHand(own);
      expect(row.effectiveness_score).toBeCloseTo((exact.successes / exact.requests) * quality, 12);
    }
    const [a = 0, b = 0] = report.backends.map(({ requests }) => requests);
    expect(report.distribution.score).toBeCloseTo((a + b) ** 2 / (2 * (a * a + b * b)), 12);
  });

  it('is of one tenant and one model where that is asked', async () => {
    const report = await compareBackends(ledger.connection, {
      ...question,
      period: { ...period, tenant: 'acme' },
      model: 'x"\\',
      capacities: new Map([['b3', 1]]),
    });
    const some = placed().filter(({ tenant, model }) => tenant === 'acme' && model === 'x"\\');
    expect(some.length).toBeGreaterThan(10);
    expect(report.requests).toBe(some.length);
    expect(report.distribution.backends).toBe(3);
    for (const row of report.backends)
      expectFigures(
        row,
        some.filter(({ backend_id: backend }) => backend === row.backend),
      );
  });

  it('says so where there is nothing', async () => {
    const report = await compareBackends(ledger.connection, { ...question, model: 'none' });
    expect(report).toMatchObject({
      requests: 0,
      backends: [],
      algorithms: [],
      distribution: { score: null, coefficient_of_variation: null, backends: 0 },
    });
    expect(backendsText(report)).toBe(
      'Backends by success of none, 2026-11-18T02:00:00Z to 2026-11-18T08:00:00Z\n\nNo request names a backend.\n',
    );
  });
});

describe('feedback', () => {
  it('takes the place of the scores that requests came with', async () => {
    const only = { ...question, model: 'rated' };
    const row = {
      timestamp: '2026-11-18 03:00:00.000000000',
      provider: 'p',
      model: 'rated',
      backend_id: 'b1',
    };
    const scored = { ...row, tenant: 'acme', algorithm: 'rr', status: 'success', quality_score: 0.25 };
    await ledger.insert(['r1', 'r2'].map((id) => ({ ...scored, id })));
    const before = await compareBackends(ledger.connection, only);
    expect(before.algorithms).toMatchObject([{ effectiveness_score: 0.25, graded_requests: 2 }]);
    const rating = {
      journal: 'j',
      seq: 9000,
      received_at: '2026-11-21 12:00:00.000',
      id: 'f1',
      tenant: 'acme',
      request_id: 'r1',
      timestamp: '2026-11-19 00:00:00.000000000',
      quality_score: 0.75,
    };
    await ledger.connection.insertJsonLines('bellwether.feedback', [Buffer.from(JSON.stringify(rating))]);
    const after = await compareBackends(ledger.connection, only);
    expect(after.algorithms).toMatchObject([{ effectiveness_score: 0.5, graded_requests: 2 }]);
    expect(after.backends).toMatchObject([{ backend: 'b1', quality_score: 0.5, share: 1 }]);
  });
});

describe('intervals', () => {
  it("are Wilson's for shares", () => {
    // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
    for (const [part, whole, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const found = estimateShare(part, whole);
      expect(found.value).toBe(part / whole);
      expect(found.low).toBeCloseTo(low, 4);
      expect(found.high).toBeCloseTo(high, 4);
    }
    expect(estimateShare(20, 20)).toMatchObject({ value: 1, high: 1 });
    expect(estimateShare(0, 0)).toEqual({ value: null, low: null, high: null, requests: 0 });
  });

  it("are Student's for means", () => {
    // t of 95 % at 4 degrees of freedom is 2.776; the root of 20 / 5 is 2.
    const found = estimateMean({ n: 5, mean: 10, variance: 20 });
    expect(found.low).toBeCloseTo(10 - 2 * 2.776, 2);
    expect(found.high).toBeCloseTo(10 + 2 * 2.776, 2);
    expect(estimateMean({ n: 5, mean: 1, variance: 20 }).low).toBe(0);
    expect(estimateMean({ n: 1, mean: 10, variance: null })).toMatchObject({ value: 10, low: null });
  });
});

describe('ranks', () => {
  const estimate = (low: number | null, high: number | null): Estimate => ({
    value: 0,
    low,
    high,
    requests: 9,
  });
  const three = [estimate(0.9, 0.95), estimate(0.94, 0.99), estimate(0.5, 0.6), estimate(null, null)];

  it('are ranges where intervals overlap', () => {
    expect(rank('success', three)).toEqual([
      { best: 1, worst: 2 },
      { best: 1, worst: 2 },
      { best: 3, worst: 3 },
      null,
    ]);
    expect(rank('cost', three)).toEqual([
      { best: 2, worst: 3 },
      { best: 2, worst: 3 },
      { best: 1, worst: 1 },
      null,
    ]);
  });

  it('order by the worse end, and what is not known last', () => {
    const orderBy = (measure: 'success' | 'cost'): number[] =>
      three.toSorted((a, b) => compare(measure, a, b)).map((one) => three.indexOf(one));
    expect(orderBy('success')).toEqual([1, 0, 2, 3]);
    expect(orderBy('cost')).toEqual([2, 0, 1, 3]);
  });
});

describe('distribution', () => {
  const none = new Map<string, number>();

  it('is the index of Jain', () => {
    expect(distributionOf(new Map([['a', 5]]), none)).toEqual({
      score: 1,
      coefficient_of_variation: 0,
      backends: 1,
    });
    const uneven = distributionOf(
      new Map([
        ['a', 3],
        ['b', 1],
      ]),
      none,
    );
    expect(uneven).toEqual({ score: 0.8, coefficient_of_variation: 0.5, backends: 2 });
    expect(uneven.score).toBe(1 / (1 + 0.5 ** 2));
  });

  it('goes by what each can take, also of those that took none', () => {
    const requests = new Map([
      ['a', 30],
      ['b', 10],
    ]);
    expect(distributionOf(requests, readCapacities('a=3, b=1')).score).toBe(1);
    expect(distributionOf(requests, readCapacities('a=3,b=1,c=1'))).toMatchObject({
      score: 400 / 600,
      backends: 3,
    });
    expect(readCapacities('a=b=0.5')).toEqual(new Map([['a=b', 0.5]]));
    expect(readCapacities('')).toEqual(new Map());
  });

  it.each(['a', 'a=', '=1', 'a=0', 'a=-1', 'a=1,a=2', 'a=1e9'])('refuses the capacity %s', (text) => {
    expect(() => readCapacities(text)).toThrow(/^capacity /);
  });
});
