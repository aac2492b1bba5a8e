import { describe, expect, it } from 'vitest';
import { figures } from '../rollups/figures.ts';
import { emptyValue, measures, measureOf } from './measures.ts';

describe('the measure table', () => {
  it('names in each measure the figures that it is made of, and uses every figure', () => {
    const used = new Set([...measures.values()].flatMap((measure) => measure.figures));
    expect(used).toEqual(new Set(figures.keys()));
    for (const measure of measures.values()) {
      const named = new Set([...measure.sql.matchAll(/\bf_(\w+)/g)].map(([, name]) => name));
      expect(named).toEqual(new Set(measure.figures));
    }
  });

  it('has 0 where nothing happened for what is counted, and nothing for what is divided', () => {
    expect(emptyValue(measureOf('requests'))).toBe(0);
    expect(emptyValue(measureOf('cost_usd'))).toBe(0);
    expect(emptyValue(measureOf('users'))).toBe(0);
    expect(emptyValue(measureOf('error_ratio'))).toBeNaN();
    expect(emptyValue(measureOf('latency_p95_ms'))).toBeNaN();
  });

  it('refuses a name that is not in it', () => {
    expect(() => measureOf('constructor')).toThrow(/There is no measure of that name; there are requests,/);
  });
});
