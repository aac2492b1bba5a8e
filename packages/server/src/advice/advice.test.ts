import { describe, expect, it } from 'vitest';
import { perMonth } from './advice.ts';
import { movesOf } from './cheaper-model.ts';
import type { ModelWork } from './model-scores.ts';
import { testNonInferiority } from './non-inferiority.ts';
import { readSupposition } from './supposition.ts';

const scores = (n: number, mean: number, variance: number) => ({ n, mean, variance });

describe('non-inferiority', () => {
  it('is shown where the lower bound is above the margin', () => {
    const found = testNonInferiority(
      [{ weight: 1, present: scores(100, 0.9, 0.01), target: scores(100, 0.9, 0.01) }],
      0.02,
    );
    // The standard error is the root of 0.01 / 100 twice; 1.645 of it is 0.0233.
    expect(found.standardError).toBeCloseTo(Math.SQRT2 * 0.01, 12);
    expect(found.lower).toBeCloseTo(-0.023262, 6);
    expect(found.shown).toBe(false);
    const more = [{ weight: 1, present: scores(200, 0.9, 0.01), target: scores(200, 0.9, 0.01) }];
    expect(testNonInferiority(more, 0.02)).toMatchObject({ difference: 0, shown: true });
  });

  it('compares within applications: another mix of work is no difference', () => {
    // In each application both are alike; only the mix differs.
    const strata = [
      { weight: 1000, present: scores(1000, 0.9, 0.01), target: scores(50, 0.9, 0.01) },
      { weight: 50, present: scores(50, 0.5, 0.01), target: scores(1000, 0.5, 0.01) },
    ];
    expect(testNonInferiority(strata, 0.05)).toMatchObject({ difference: 0, shown: true });
  });

  it('finds what is worse by more than the margin in about one of twenty trials at most', () => {
    let state = 1;
    const next = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const draw = (mean: number): { n: number; mean: number; variance: number } => {
      const values = Array.from({ length: 60 }, () => mean + (next() + next() + next() - 1.5) * 0.2);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
      return scores(values.length, average, variance);
    };
    const trials = Array.from(
      { length: 2000 },
      () => testNonInferiority([{ weight: 1, present: draw(0.8), target: draw(0.78) }], 0.02).shown,
    );
    const share = trials.filter(Boolean).length / trials.length;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.07);
  });
});

const work = (model: string, costUsd: number, mean: number, n = 500): ModelWork => ({
  task: 'chat',
  application: 'desk',
  provider: 'p',
  model,
  requests: 1000,
  errors: 10,
  costUsd,
  tokens: 1_000_000,
  latencyMs: 100,
  quality: scores(n, mean, 0.01),
});

describe('moves to a cheaper model', () => {
  it('are those to models that are cheaper and no worse', () => {
    const { moves, withheld } = movesOf([
      work('dear', 10, 0.9),
      work('cheap', 1, 0.9),
      work('poor', 0.5, 0.8),
    ]);
    expect(moves.map(({ present, target, estimate }) => [present.model, target.model, estimate])).toEqual([
      ['dear', 'cheap', 9],
    ]);
    expect(withheld.map(({ about }) => about)).toEqual([
      'chat of desk: dear to poor',
      'chat of desk: cheap to poor',
    ]);
    expect(withheld[0]?.reason).toMatch(
      /^It is not shown to answer as well: quality -0\.100, at worst -0\.110/,
    );
  });

  it('are withheld without enough scores, and for a model that fails more often', () => {
    const few = movesOf([work('dear', 10, 0.9), work('cheap', 1, 0.9, 29)]);
    expect(few).toMatchObject({
      moves: [],
      withheld: [{ reason: 'There are 500 and 29 quality scores; 30 of each are needed.' }],
    });
    const failing = movesOf([work('dear', 10, 0.9), { ...work('cheap', 1, 0.9), errors: 40 }]);
    expect(failing).toMatchObject({
      moves: [],
      withheld: [{ reason: 'It fails in 3.0 % more of the requests.' }],
    });
  });

  it('are only of the same task and application', () => {
    const other = { ...work('cheap', 1, 0.9), application: 'shop' };
    expect(movesOf([work('dear', 10, 0.9), other])).toEqual({ moves: [], withheld: [] });
  });
});

it('tells savings for 30 days, to the pico-dollar', () => {
  const at = (days: number) => ({ epochSeconds: days * 86_400, nanoseconds: 0 });
  expect(perMonth(7_000_000_000_000n, { from: at(0), to: at(7) })).toBe('30.00');
  expect(perMonth(1n, { from: at(0), to: at(60) })).toBe('0.00');
  expect(perMonth(3n, { from: at(0), to: at(60) })).toBe('0.000000000002');
});

describe('a supposition', () => {
  it.each([
    ['move task chat to gpt-5', { type: 'move', task: 'chat', application: null, from: null, to: 'gpt-5' }],
    [
      ' Move chat of desk from a/b to model c:1 ',
      { type: 'move', task: 'chat', application: 'desk', from: 'a/b', to: 'c:1' },
    ],
    ['raise traffic 2x', { type: 'traffic', permille: 2000 }],
    ['raise traffic to 1.5 ×', { type: 'traffic', permille: 1500 }],
    ['raise traffic by 20 %', { type: 'traffic', permille: 1200 }],
    ['lower traffic 12.5%', { type: 'traffic', permille: 875 }],
  ])('%s', (text, supposition) => {
    expect(readSupposition(text)).toEqual(supposition);
  });

  it.each([
    '',
    'move to x',
    'lower traffic 101 %',
    'raise traffic 2000x',
    'raise traffic',
    `move task ${'x'.repeat(300)} to y`,
  ])('is refused: %s', (text) => {
    expect(() => readSupposition(text)).toThrow('Suppose one of');
  });
});
