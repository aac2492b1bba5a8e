import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { type BlockValue, compare } from './standardise.ts';

/** Hours of two kinds of request: short ones take 100 ms, long ones 1,000 ms, times a factor, with noise. */
function hours(shareOfLong: number, factor: number, seed: number): BlockValue[] {
  const random = new RandomStream(seed);
  return Array.from({ length: 24 }, (_none, block) => block).flatMap((block) => {
    const noise = (): number => 1 + 0.1 * (random.uniform() - 0.5);
    return [
      { stratum: 'short', block, value: 100 * factor * noise(), requests: 1000 * (1 - shareOfLong) },
      { stratum: 'long', block, value: 1000 * factor * noise(), requests: 1000 * shareOfLong },
    ];
  });
}

describe('two times held against each other', () => {
  it('sees no difference where only the mix has changed', () => {
    const found = compare(hours(0.2, 1, 1), hours(0.6, 1, 2));
    expect(found?.rawAfter).toBeGreaterThan(2 * (found?.rawBefore ?? 0));
    expect(Math.abs(found?.change ?? 1)).toBeLessThan(0.02);
    expect(found?.confidence).toBeLessThan(0.99);
  });

  it('measures what did change, whatever the mix', () => {
    const found = compare(hours(0.6, 1, 1), hours(0.2, 1.15, 2));
    expect(found?.rawAfter).toBeLessThan(found?.rawBefore ?? 0);
    expect(found?.change).toBeGreaterThan(0.13);
    expect(found?.change).toBeLessThan(0.17);
    expect(found?.confidence).toBeGreaterThan(0.999);
    expect(found?.low).toBeGreaterThan(0);
  });

  it('compares what is on both sides, and says how much that is', () => {
    const more = { stratum: 'new', block: 0, value: 5000, requests: 8000 };
    const found = compare(hours(0.5, 1, 1), [...hours(0.5, 1, 2), more]);
    expect(Math.abs(found?.change ?? 1)).toBeLessThan(0.02);
    expect(found?.covered).toBe(0.75);
  });

  it('is wrong about as often as it says', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const found = compare(hours(0.3, 1, seed), hours(0.3, 1, seed + 1000));
      if ((found?.confidence ?? 0) > 0.95) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(20);
  });

  it('says nothing of too little', () => {
    expect(compare([], hours(0.5, 1, 1))).toBeNull();
    expect(compare(hours(0.5, 1, 1).slice(0, 8), hours(0.5, 1, 1))).toBeNull();
  });
});
