import { expect, it } from 'vitest';
import { readAlertRules, type SeriesSubject } from '../config/index.ts';
import type { SeriesQuery } from '../series/series.ts';
import { Evaluator } from './evaluator.ts';
import { planQuestions, seriesFor } from './query-plan.ts';
import { Forecasts } from './forecasts.ts';
import { SignalSources } from './signals.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 8, 0, 10);

function rulesOf(rules: readonly object[]) {
  const read = readAlertRules(rules.map((rule, n) => ({ id: `r${n}`, above: 1, window: '5m', ...rule })));
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function plan(rules: readonly object[]) {
  return planQuestions(rulesOf(rules).map(({ subject }) => subject as SeriesSubject));
}

it('asks once for rules that differ in what they measure, and in the one value they look at', () => {
  const rules = ['error_ratio', 'cost_usd', 'latency_p95_ms'].flatMap((measure) =>
    ['openai', 'aws'].map((provider) => ({ measure, where: { provider } })),
  );
  const uses = plan(rules);
  expect(new Set(uses.map(({ question }) => question)).size).toBe(1);
  expect(uses[0]?.question).toMatchObject({ by: ['provider'], where: [] });
  expect([...(uses[0]?.question.measures ?? [])]).toEqual(['error_ratio', 'cost_usd', 'latency_p95_ms']);
  const series = (provider: string) => ({ labels: { provider }, timestampsMs: [0], values: [1] });
  const [first] = uses;
  if (first === undefined) throw new Error('no plan');
  expect(seriesFor(first, [series('openai'), series('aws')])).toEqual([
    { labels: {}, timestampsMs: [0], values: [1] },
  ]);
});

it('asks apart for what only rows can answer, and for other steps', () => {
  const uses = plan([
    { measure: 'requests' },
    { measure: 'users' },
    { measure: 'quality_score' },
    { measure: 'requests', window: '1h' },
  ]);
  expect(new Set(uses.map(({ question }) => question)).size).toBe(4);
});

it('asks again only when the window has moved on, and keeps each measure apart', async () => {
  const asked: (readonly string[])[] = [];
  const answer = (measure: string, { fromMs, toMs, stepMs }: Omit<SeriesQuery, 'measure'>) => {
    const timestampsMs = Array.from({ length: (toMs - fromMs) / stepMs }, (_none, n) => fromMs + n * stepMs);
    return [{ labels: {}, timestampsMs, values: timestampsMs.map(() => (measure === 'cost_usd' ? 2 : 7)) }];
  };
  const evaluator = new Evaluator({
    rules: rulesOf([{ measure: 'cost_usd' }, { measure: 'requests' }]),
    series: {
      query: () => Promise.reject(new Error('asked one by one')),
      queryMeasures: (query, measures) => {
        asked.push(measures);
        return Promise.resolve(measures.map((measure) => answer(measure, query)));
      },
    },
    forecasts: new Forecasts({}),
    signals: new SignalSources(),
    onFailure: (_about, error) => {
      throw error;
    },
  });
  const valuesAt = async (nowMs: number) =>
    (await evaluator.evaluate(nowMs)).map(({ values }) => values?.[0]?.value);
  expect(await valuesAt(NOW_MS)).toEqual([10, 35]);
  expect(await valuesAt(NOW_MS + 45_000)).toEqual([10, 35]);
  expect(asked).toEqual([['cost_usd', 'requests']]);
  expect(await valuesAt(NOW_MS + 60_000)).toEqual([10, 35]);
  expect(asked.length).toBe(2);
});
