import { expect, it } from 'vitest';
import type { CountingSeriesSource, SeriesQuery, UnboundedQuery } from '../series/series.ts';
import { stepsOf } from '../series/grid.ts';
import { answerForecasts, answerTrends } from './outlook-questions.ts';

const NOW_MS = Date.UTC(2026, 10, 21);

/** A source of so many groups, that notes what it is asked to count. */
function groupsOf(groups: number) {
  const counted: UnboundedQuery[] = [];
  const source: CountingSeriesSource = {
    query: async (query: SeriesQuery) => {
      const timestampsMs = stepsOf(query);
      return Array.from({ length: Math.min(groups, query.seriesMax ?? groups) }, (_, n) => ({
        labels: { model: `m${n}` },
        timestampsMs,
        values: timestampsMs.map((_atMs, step) => n + (step % 3)),
      }));
    },
    count: async (query) => {
      counted.push(query);
      return groups;
    },
  };
  return { source, counted };
}

const question = { measure: 'requests', by: 'model', step: '1d' };

it.each([
  { groups: 3, shown: 3, leftOut: 0 },
  { groups: 4, shown: 3, leftOut: 1 },
  { groups: 1234, shown: 3, leftOut: 1231 },
  { groups: 0, shown: 0, leftOut: 0 },
])('of $groups groups, $leftOut are beyond a limit of 3', async ({ groups, shown, leftOut }) => {
  const { source, counted } = groupsOf(groups);
  const expected = { groups, groups_left_out: leftOut, truncated: leftOut > 0 };
  const trends = await answerTrends(source, { ...question, series_max: 3 }, NOW_MS);
  expect(trends).toMatchObject({ ...expected, by: ['model'] });
  expect(trends.trends).toHaveLength(shown);
  const forecasts = await answerForecasts(source, { ...question, series_max: 3, horizon: 2 }, NOW_MS);
  expect(forecasts).toMatchObject(expected);
  expect(forecasts.forecasts).toHaveLength(shown);
  // What is all there is need not be counted.
  expect(counted.map((query) => 'seriesMax' in query)).toEqual(leftOut > 0 ? [false, false] : []);
});

it('groups that come between the two questions do not make what is left out less than none', async () => {
  const { source } = groupsOf(4);
  const late = { ...source, count: async () => 2 };
  expect(await answerTrends(late, { ...question, series_max: 3 }, NOW_MS)).toMatchObject({
    groups: 4,
    groups_left_out: 1,
  });
});
