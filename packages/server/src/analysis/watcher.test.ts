import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { stepsOf } from '../series/grid.ts';
import { emptyValue, measureOf } from '../series/measures.ts';
import type { SeriesSource } from '../series/series.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { AnalysisStore, analysisStatePart } from './analysis-store.ts';
import { watchPlan } from './plan.ts';
import { Watcher } from './watcher.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 20, 9, 17);

/** A watch over a source that has so many requests in every minute that `requestsAt` says, and nothing else. */
function watch(requestsAt: (atMs: number) => number, failsAt: (fromMs: number) => boolean = () => false) {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-watcher-'));
  const clock = fakeClock(START_MS);
  const problems: string[] = [];
  const learnt: string[] = [];
  const asked: number[] = [];
  const source: SeriesSource = {
    query: ({ measure, by, stepMs, ...range }) => {
      const timestampsMs = stepsOf({ ...range, stepMs });
      if (stepMs === MINUTE_MS && failsAt(range.fromMs))
        return Promise.reject(new Error('the ledger is away'));
      if (by.length > 0) return Promise.resolve([]);
      if (measure === 'requests' && stepMs === MINUTE_MS) asked.push(...timestampsMs);
      const minutes = stepMs / MINUTE_MS;
      const values = timestampsMs.map((atMs) =>
        measure !== 'requests'
          ? emptyValue(measureOf(measure))
          : Array.from({ length: minutes }, (_none, n) => requestsAt(atMs + n * MINUTE_MS)).reduce(
              (sum, one) => sum + one,
              0,
            ),
      );
      return Promise.resolve([{ labels: {}, timestampsMs, values }]);
    },
  };
  const stateKey = new Uint8Array(32).fill(1);
  const kept: { store: AnalysisStore | null } = { store: null };
  const open = (): Watcher => {
    const state = openStateDatabase({ dataDir, clock, parts: [analysisStatePart], key: stateKey });
    const store = new AnalysisStore(state);
    kept.store = store;
    const watcher = new Watcher({
      source,
      plan: watchPlan('requests,error_ratio', 'provider', 10),
      declared: [],
      store,
      clock,
      log: { ...silentLog, warn: ({ problem }) => problems.push(String(problem)) },
      settle: () => Promise.resolve(true),
      threshold: () => 0.8,
      settleMs: 2 * MINUTE_MS,
      historyMs: 3 * DAY_MS,
      attribute: () => Promise.resolve(null),
      onChange: () => undefined,
      onShifted: () => undefined,
      onLearnt: ({ reason, from }) => learnt.push(`${reason} ${from}`),
    });
    onTestFinished(async () => {
      await watcher.close();
      state.close();
    });
    return watcher;
  };
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const anomalies = (open?: boolean) =>
    kept.store?.list({ limit: 100, ...(open === undefined ? {} : { open }) }) ?? [];
  return { clock, open, problems, learnt, asked, anomalies };
}

describe('the watch', () => {
  it('judges each minute once, when it has settled', async () => {
    const { clock, open, problems, asked } = watch((atMs) => (atMs < START_MS - DAY_MS ? 0 : 2));
    const watcher = open();
    await watcher.pass();
    expect(watcher.toldMs).toBe(START_MS - 2 * MINUTE_MS);
    for (let minute = 0; minute < 3; minute += 1) {
      await clock.advanceAsync(MINUTE_MS);
      await watcher.pass();
    }
    expect(watcher.toldMs).toBe(START_MS + MINUTE_MS);
    // It begins with the day of the first request.
    const firstMs = Math.floor((START_MS - DAY_MS) / DAY_MS) * DAY_MS;
    expect(asked).toEqual(
      Array.from(
        { length: (START_MS + MINUTE_MS - firstMs) / MINUTE_MS },
        (_none, n) => firstMs + n * MINUTE_MS,
      ),
    );
    expect(problems).toEqual([]);
  });

  it('begins at once where there is no history', async () => {
    const { clock, open, problems } = watch(() => 0);
    const watcher = open();
    for (let minute = 0; minute < 3; minute += 1) {
      await watcher.pass();
      await clock.advanceAsync(MINUTE_MS);
    }
    expect(watcher.toldMs).toBe(START_MS);
    expect(problems).toEqual([]);
  });

  it('goes on after a restart where it was', async () => {
    const { clock, open, learnt, asked } = watch(() => 2);
    const before = open();
    await before.pass();
    await before.close();
    const judged = asked.splice(0).length;
    await clock.advanceAsync(5 * MINUTE_MS);
    const after = open();
    await after.pass();
    expect(judged).toBe((START_MS - 2 * MINUTE_MS - Math.floor(START_MS / DAY_MS - 3) * DAY_MS) / MINUTE_MS);
    expect(asked).toHaveLength(5);
    expect(after.groups.groups[0]?.judges.get('requests')?.rows).toBe(judged + 5);
    expect(learnt).toHaveLength(1);
  });

  it('learns anew when history was loaded since, once no more is coming', async () => {
    let loaded = 0;
    const { clock, open, learnt, asked } = watch((atMs) => (atMs < START_MS - 4 * DAY_MS ? 0 : loaded));
    const watcher = open();
    await watcher.pass();
    expect(watcher.groups.groups[0]?.judges.get('requests')?.rows ?? 0).toBe(0);
    loaded = 2;
    for (let minute = 0; minute < 12; minute += 1) {
      await clock.advanceAsync(MINUTE_MS);
      await watcher.pass();
    }
    expect(learnt.map((text) => text.split(' ')[0])).toEqual(['first', 'history']);
    // All of the whole days was there when it was learnt again.
    const { requests, judged } = watcher.late ?? { requests: 0, judged: 0 };
    expect(requests).toBeGreaterThan(0);
    expect(judged).toBe(requests);
    expect(new Set(asked).size).toBeGreaterThan(3 * 1440);
    expect(watcher.groups.groups[0]?.judges.get('requests')?.rows).toBeGreaterThan(3 * 1440);
  });

  it('goes on at once when the clock was ahead and is set back', async () => {
    const { clock, open, learnt } = watch((atMs) => (atMs < START_MS - DAY_MS ? 0 : 2));
    const watcher = open();
    await watcher.pass();
    clock.jump(30 * DAY_MS);
    await watcher.pass();
    expect(watcher.toldMs).toBe(START_MS - 2 * MINUTE_MS + 30 * DAY_MS);
    clock.jump(-30 * DAY_MS);
    await watcher.pass();
    expect(watcher.toldMs).toBe(START_MS - 2 * MINUTE_MS);
    await clock.advanceAsync(MINUTE_MS);
    await watcher.pass();
    expect(watcher.toldMs).toBe(START_MS - MINUTE_MS);
    expect(learnt.map((text) => text.split(' ')[0])).toEqual(['first', 'history']);
  });

  it('never shows what was odd in history as if it lasted now', async () => {
    const midnightMs = Math.floor((START_MS - DAY_MS) / DAY_MS) * DAY_MS;
    const endMs = midnightMs + 20 * MINUTE_MS;
    const spikeMs = midnightMs - 30 * MINUTE_MS;
    let isAway = true;
    const noise = (atMs: number): number => 20 + (((atMs / MINUTE_MS) * 7) % 5);
    const { clock, open, anomalies, problems } = watch(
      (atMs) => noise(atMs) + (atMs >= spikeMs && atMs < endMs ? 500 : 0),
      (fromMs) => isAway && fromMs >= midnightMs,
    );
    const watcher = open();
    await watcher.pass();
    // Half of history is caught up with, in the middle of the spike.
    expect(watcher.toldMs).toBe(midnightMs);
    expect(problems).toEqual(['Error: the ledger is away']);
    expect(anomalies(true)).toEqual([]);
    expect(anomalies().map(({ sinceMs, untilMs }) => [sinceMs, untilMs])).toEqual([[spikeMs, midnightMs]]);
    isAway = false;
    await clock.advanceAsync(MINUTE_MS);
    await watcher.pass();
    expect(anomalies(true)).toEqual([]);
    const [only, ...others] = anomalies();
    expect(others).toEqual([]);
    expect(only?.sinceMs).toBe(spikeMs);
    expect(only?.untilMs).toBeGreaterThanOrEqual(endMs);
    expect(only?.untilMs).toBeLessThan(endMs + 2 * 60 * MINUTE_MS);
  });

  it('shows what lasts at the end of history as lasting', async () => {
    const spikeMs = START_MS - 30 * MINUTE_MS;
    const { open, anomalies } = watch(
      (atMs) => 20 + (((atMs / MINUTE_MS) * 7) % 5) + (atMs >= spikeMs ? 500 : 0),
    );
    await open().pass();
    expect(anomalies(true).map(({ sinceMs }) => sinceMs)).toEqual([spikeMs]);
  });

  it('tells what late events have made of an anomaly, and withdraws one that they explain', async () => {
    const holeMs = START_MS - 30 * MINUTE_MS;
    let arrived = 0;
    const noise = (atMs: number): number => 200 + (((atMs / MINUTE_MS) * 7) % 5);
    const { clock, open, anomalies } = watch((atMs) => (atMs >= holeMs ? Math.max(arrived, 0) : noise(atMs)));
    const watcher = open();
    await watcher.pass();
    const [found] = anomalies(true);
    expect(found).toMatchObject({ sinceMs: holeMs, kinds: ['drop_to_zero'], actual: 0, revised: null });
    arrived = 20;
    await clock.advanceAsync(11 * MINUTE_MS);
    await watcher.pass();
    expect(anomalies(true)).toMatchObject([{ id: found?.id, actual: 0, revised: 20 }]);
    arrived = 201;
    await clock.advanceAsync(11 * MINUTE_MS);
    await watcher.pass();
    expect(anomalies(true)).toEqual([]);
    expect(anomalies()).toMatchObject([{ id: found?.id, actual: 0, revised: 201 }]);
  });
});
