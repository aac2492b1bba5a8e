import { setImmediate as othersTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CountingSeriesSource, Series, SeriesQuery } from '../series/series.ts';
import { findForecasts, findTrends } from './outlook.ts';
import { answerForecasts, answerTrends, STEPS_MAX } from './outlook-questions.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 21, 12);

/** So many series with a value for each step. */
function source(count: number): CountingSeriesSource {
  const seriesOf = ({ fromMs, toMs, stepMs }: SeriesQuery, n: number): Series => {
    const timestampsMs = Array.from(
      { length: (toMs - fromMs) / stepMs },
      (_none, at) => fromMs + at * stepMs,
    );
    return { labels: { model: `m${n}` }, timestampsMs, values: timestampsMs.map((_time, at) => n + at) };
  };
  return {
    query: (query) => Promise.resolve(Array.from({ length: count }, (_none, n) => seriesOf(query, n))),
    count: () => Promise.resolve(count),
  };
}

const question = {
  measure: 'cost_usd',
  by: ['model'],
  where: [],
  fromMs: NOW_MS - 48 * HOUR_MS,
  toMs: NOW_MS,
  stepMs: HOUR_MS,
  seriesMax: 5,
};

it.each([
  ['trends', () => findTrends(source(5), question)],
  ['forecasts', () => findForecasts(source(5), question, 3)],
])('the %s of several series leave others their turns', async (_name, find) => {
  let turns = 0;
  const stop = new AbortController();
  const others = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await othersTurn();
      turns += 1;
    }
  })();
  expect(await find()).toHaveLength(5);
  stop.abort();
  await others;
  expect(turns).toBeGreaterThanOrEqual(5);
});

it('refuses more steps of a series than can be worked on at once', async () => {
  const asked = (steps: number) => ({
    by: 'model',
    step: '1m',
    from: new Date(NOW_MS - steps * 60_000).toISOString(),
    to: new Date(NOW_MS).toISOString(),
  });
  const refusal = { code: 'invalid_parameter', place: { field: 'step' } };
  await expect(answerTrends(source(1), asked(STEPS_MAX + 1), NOW_MS)).rejects.toMatchObject(refusal);
  await expect(answerForecasts(source(1), asked(STEPS_MAX + 1), NOW_MS)).rejects.toMatchObject(refusal);
  expect((await answerTrends(source(1), asked(STEPS_MAX), NOW_MS)).trends).toHaveLength(1);
});
