import { describe, expect, it } from 'vitest';
import { runsOut } from './budget-date.ts';
import { forecast } from './forecast.ts';
import { seeded } from './test-random.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);

function spend(seed: number, days: number): number[] {
  const random = seeded(seed);
  return Array.from({ length: days }, (_, t) => (t % 7 < 5 ? 10 : 4) * Math.exp(0.15 * random.normal()));
}

describe('runsOut', () => {
  it('dates a constant spend exactly', () => {
    const timestampsMs = Array.from({ length: 60 }, (_, t) => startMs + t * dayMs);
    const made = forecast({ timestampsMs, values: timestampsMs.map(() => 5) }, { horizon: 30 });
    const date = { step: 10, timeMs: startMs + 69 * dayMs };
    expect(runsOut(made, 50)).toEqual({
      expected: date,
      earliest80: date,
      latest80: date,
      earliest95: date,
      latest95: date,
    });
    expect(runsOut(made, 151).expected).toBeUndefined();
    expect(runsOut(made, 0).expected?.step).toBe(0);
  });

  it('gives bounds in order', () => {
    const made = forecast({ values: spend(1, 120) }, { horizon: 60 });
    const dates = runsOut(made, 250);
    const steps = [dates.earliest95, dates.earliest80, dates.expected, dates.latest80, dates.latest95].map(
      (date) => date?.step ?? Number.POSITIVE_INFINITY,
    );
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps[0]).toBeLessThan(steps[4]!);
  });

  it('holds what it promises of simulated spend', () => {
    let within = 0;
    const runs = 60;
    for (let seed = 0; seed < runs; seed++) {
      const all = spend(100 + seed, 200);
      const dates = runsOut(forecast({ values: all.slice(0, 120) }, { horizon: 60 }), 300);
      let sum = 0;
      const actual = all.slice(120).findIndex((value) => (sum += value) >= 300) + 1;
      if (actual >= dates.earliest95!.step && actual <= (dates.latest95?.step ?? Number.POSITIVE_INFINITY))
        within++;
    }
    expect(within / runs).toBeGreaterThan(0.9);
  });
});
