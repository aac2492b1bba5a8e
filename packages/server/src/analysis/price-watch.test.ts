import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { type PricedStep, PriceWatch } from './price-watch.ts';

/** Steps of any mix, charged at prices in dollars a million tokens. */
function steps(count: number, input: number, cached: number, output: number, seed = 3): PricedStep[] {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, () => {
    const inputTokens = Math.floor(1000 + 20_000 * random.uniform());
    const cachedTokens = Math.floor(inputTokens * random.uniform() * 0.8);
    const outputTokens = Math.floor(5000 * random.uniform());
    const costUsd =
      ((inputTokens - cachedTokens) * input + cachedTokens * cached + outputTokens * output) / 1e6;
    return { inputTokens, cachedTokens, outputTokens, costUsd };
  });
}

describe('the watch over a price', () => {
  it('learns the prices exactly, whatever the mix', () => {
    const watch = new PriceWatch();
    for (const step of steps(200, 1.25, 0.125, 10)) watch.observe(step);
    expect(watch.usdPerMillion?.input).toBeCloseTo(1.25, 6);
    expect(watch.usdPerMillion?.cached).toBeCloseTo(0.125, 6);
    expect(watch.usdPerMillion?.output).toBeCloseTo(10, 6);
  });

  it('shows no price below nothing, however the steps are', () => {
    const watch = new PriceWatch();
    const random = new RandomStream(8);
    // Output costs nothing and goes with the input, and each step is charged with an error of its own.
    for (const step of steps(60, 1, 0.1, 0)) {
      const outputTokens = Math.round(step.inputTokens / 10);
      watch.observe({ ...step, outputTokens, costUsd: step.costUsd * random.logNormal(1, 0.02) });
    }
    expect(watch.state().prices.some((price) => price < 0)).toBe(true);
    expect(Object.values(watch.usdPerMillion ?? { none: -1 }).every((price) => price >= 0)).toBe(true);
  });

  it('says nothing while prices stay', () => {
    const watch = new PriceWatch();
    const said = steps(500, 1.25, 0.125, 10).map((step) => watch.observe(step).decades);
    expect(Math.max(...said)).toBe(0);
  });

  it('tells a rise with the second step that has it, and learns it', () => {
    const watch = new PriceWatch();
    for (const step of steps(200, 1.25, 0.125, 10)) watch.observe(step);
    const after = steps(60, 1.75, 0.175, 14, 5).map((step) => watch.observe(step));
    expect(after[0]?.decades).toBe(0);
    expect(after[1]?.decades).toBeGreaterThan(7);
    expect((after[1]?.expected ?? 0) * 1.4).toBeCloseTo(steps(60, 1.75, 0.175, 14, 5)[1]?.costUsd ?? 0, 9);
    expect(after.at(-1)?.decades).toBe(0);
    expect(watch.usdPerMillion?.output).toBeCloseTo(14, 1);
  });

  it('takes one odd charge for what it is', () => {
    const watch = new PriceWatch();
    for (const step of steps(200, 1.25, 0.125, 10)) watch.observe(step);
    const [odd] = steps(1, 5, 5, 50, 9);
    const said = [...(odd === undefined ? [] : [odd]), ...steps(5, 1.25, 0.125, 10, 11)].map(
      (step) => watch.observe(step).decades,
    );
    expect(said).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
