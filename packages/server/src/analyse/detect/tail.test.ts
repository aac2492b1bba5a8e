import { describe, expect, it } from 'vitest';
import { Tail } from './tail.ts';
import { seededNormal, seededRandom } from './test-series.ts';

/** A tail that has learnt so many values of a source. */
function learnt(values: number, source: () => number, correlationRows = 1): Tail {
  const tail = new Tail(correlationRows);
  for (let index = 0; index < values; index += 1) tail.observe(source());
  return tail;
}

function exponential(seed: number): () => number {
  const random = seededRandom(seed);
  return () => -Math.log(random());
}

describe('the tail of a statistic', () => {
  it('knows the true probabilities in the body', () => {
    const tail = learnt(20_000, exponential(1));
    for (const decades of [0.1, 0.5, 1, 1.5, 1.9])
      expect(Math.abs(tail.decades(decades * Math.LN10) - decades)).toBeLessThan(0.11);
  });

  it('goes on beyond what it has seen, for light tails and heavy ones', () => {
    const light = learnt(20_000, exponential(2));
    for (const decades of [3, 4])
      expect(Math.abs(light.decades(decades * Math.LN10) - decades)).toBeLessThan(0.5);
    const random = seededRandom(3);
    const heavy = learnt(20_000, () => random() ** (-1 / 2));
    for (const decades of [3, 4, 5])
      expect(Math.abs(heavy.decades(10 ** (decades / 2)) - decades)).toBeLessThan(0.5);
  });

  it('is the same in every unit', () => {
    const normal = seededNormal(4);
    const values = Array.from({ length: 3000 }, () => Math.abs(normal()));
    const plain = new Tail(1);
    const doubled = new Tail(1);
    const scaled = new Tail(1);
    for (const value of values) {
      const decades = plain.observe(value);
      expect(doubled.observe(value * 1024)).toBe(decades);
      expect(scaled.observe(value * 0.0037)).toBeCloseTo(decades, 6);
    }
  });

  it('says nothing of nothing, of zeros and of its first values', () => {
    const tail = new Tail(1);
    expect([1, 2, 3, 4, 5].map((value) => tail.observe(value))).toEqual([0, 0, 0, 0, 0]);
    expect(tail.decades(0)).toBe(0);
    expect(tail.decades(100)).toBeGreaterThan(0.7);
  });

  it('finds the first value other than zero rare, the more zeros it has seen', () => {
    expect(learnt(499, () => 0).decades(1)).toBeCloseTo(Math.log10(1000) + 1.5, 10);
    expect(learnt(999, () => 0).decades(1)).toBeCloseTo(Math.log10(2000) + 1.5, 10);
  });

  it('does not call rare what it has counted often', () => {
    // Two clusters with nothing between: a power law fitted to the upper one alone would deny its middle.
    let row = 0;
    const tail = learnt(10_000, () => (row++ % 300 === 0 ? 100 + (row % 7) : 1));
    expect(tail.decades(103)).toBeLessThan(3);
    expect(tail.decades(1000)).toBeGreaterThan(4);
  });

  it('never claims more than its number of independent values allows', () => {
    expect(learnt(1000, seededRandom(5)).decades(1e300)).toBeCloseTo(Math.log10(1001) + 3, 10);
    expect(learnt(100, seededRandom(5)).decades(1e300)).toBeCloseTo(Math.log10(101) + 1, 10);
    expect(learnt(1000, seededRandom(5), 100).decades(1e300)).toBeCloseTo(Math.log10(11) + 2, 10);
  });

  it('keeps its range when values grow without bound', () => {
    const tail = new Tail(1);
    for (let exponent = -300; exponent <= 300; exponent += 1) tail.observe(10 ** exponent);
    expect(tail.state().bins.length).toBeLessThanOrEqual(256);
    expect(tail.state().bins.reduce((sum, count) => sum + count, 0)).toBeCloseTo(601, 6);
    expect(tail.decades(1e-300)).toBeCloseTo(-Math.log10(601.5 / 602), 3);
  });

  it('lets the past fade', () => {
    const tail = learnt(400_000, seededRandom(6));
    expect(tail.state().count).toBeLessThan(50_000);
    const before = tail.decades(10);
    for (let index = 0; index < 20_000; index += 1) tail.observe(10 + (index % 100) / 100);
    expect(before).toBeGreaterThan(4);
    expect(tail.decades(10)).toBeLessThan(1);
  });

  it('goes on from its state exactly', () => {
    const normal = seededNormal(7);
    const tail = learnt(2500, () => Math.abs(normal()), 12);
    const again = new Tail(12);
    again.restore(JSON.parse(JSON.stringify(tail.state())));
    for (let index = 0; index < 500; index += 1) {
      const value = Math.abs(normal()) * (1 + index / 50);
      expect(again.observe(value)).toBe(tail.observe(value));
    }
  });
});
