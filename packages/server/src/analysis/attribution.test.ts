import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { attribute, type Cell } from './attribution.ts';

const DIMENSIONS = ['provider', 'model', 'team', 'user_id'];
const VALUES = 1000;
const INCIDENTS = 60;

/** Requests of an incident: each has a value in every dimension, popular ones more often. */
function incident(seed: number, kind: 'spike' | 'drop' | 'failures') {
  const random = new RandomStream(seed);
  const requests = 20_000;
  const draw = (): number => Math.floor(VALUES * random.uniform() ** 2);
  // Values with too few requests cannot be told from chance by anyone: the cause has 0.3 % of the requests or more.
  const causeDimension = Math.floor(random.uniform() * DIMENSIONS.length);
  const cause = Math.floor(VALUES * (0.001 + 0.02 * random.uniform()));
  const cells = DIMENSIONS.map(() =>
    Array.from({ length: VALUES }, () => ({ before: 0, now: 0, baseBefore: 0, baseNow: 0 })),
  );
  for (const time of ['before', 'now'] as const) {
    for (let request = 0; request < requests; request += 1) {
      const values = DIMENSIONS.map(draw);
      const isCause = time === 'now' && values[causeDimension] === cause;
      const copies = !isCause ? 1 : kind === 'spike' ? 4 : kind === 'drop' ? 0 : 1;
      const fails = random.uniform() < (isCause && kind === 'failures' ? 0.5 : 0.02) ? 1 : 0;
      values.forEach((value, dimension) => {
        const cell = cells[dimension]?.[value];
        if (cell === undefined) return;
        cell[time === 'now' ? 'baseNow' : 'baseBefore'] += copies;
        cell[time] += kind === 'failures' ? fails : copies;
      });
    }
  }
  const dimensions = new Map<string, Cell[]>(
    DIMENSIONS.map((name, index) => [
      name,
      (cells[index] ?? []).map((cell, value) => ({ value: String(value), ...cell })),
    ]),
  );
  return { dimensions, dimension: DIMENSIONS[causeDimension], value: String(cause) };
}

describe('attribution', () => {
  it.each(['spike', 'drop', 'failures'] as const)(
    'names the cause of a %s among 4 dimensions of 1,000 values first, 95 times of 100',
    (kind) => {
      let named = 0;
      for (let seed = 1; seed <= INCIDENTS; seed += 1) {
        const { dimensions, dimension, value } = incident(seed, kind);
        const [first] = attribute('requests', dimensions, kind === 'failures', kind !== 'drop').causes;
        if (first?.dimension === dimension && first?.value === value) named += 1;
      }
      expect(named / INCIDENTS).toBeGreaterThanOrEqual(0.95);
    },
    60_000,
  );

  it('splits a count so that the parts add up', () => {
    const cells = [
      { value: 'a', before: 10, now: 40 },
      { value: 'b', before: 20, now: 10 },
    ];
    const { difference, causes } = attribute('requests', new Map([['team', cells]]), false);
    expect(difference).toBe(20);
    expect(causes).toMatchObject([{ dimension: 'team', value: 'a', change: 30, share: 1.5 }]);
  });

  it('splits a ratio into what changed and what is mix, exactly', () => {
    // a: 10 % of 100 before and of 300 now; b: 50 % of 100 both times. The ratio falls by mix alone.
    const cells = [
      { value: 'a', before: 10, now: 30, baseBefore: 100, baseNow: 300 },
      { value: 'b', before: 50, now: 50, baseBefore: 100, baseNow: 100 },
    ];
    const { difference, causes } = attribute('error_ratio', new Map([['team', cells]]), true);
    expect(difference).toBeCloseTo(0.2 - 0.3, 12);
    for (const { change, mix } of causes) expect(change).toBeCloseTo(mix ?? 0, 12);
  });

  it('has no cause where everything grew alike, or nothing was there', () => {
    const alike = ['a', 'b'].map((value) => ({ value, before: 100, now: 200 }));
    expect(attribute('requests', new Map([['team', alike]]), false).causes).toEqual([]);
    expect(attribute('requests', new Map(), false)).toEqual({
      measure: 'requests',
      difference: 0,
      causes: [],
    });
  });
});
