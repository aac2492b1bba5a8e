import { describe, expect, it } from 'vitest';
import { measures } from '../series/measures.ts';
import { scaleOfName } from './scale.ts';

describe('the scale of a measure', () => {
  it('gives back what it was given', () => {
    for (const name of measures.keys()) {
      const { forward, back } = scaleOfName(name);
      expect(back(forward(0.25) ?? Number.NaN)).toBeCloseTo(0.25, 12);
    }
  });

  it('has nothing below 0 for what cannot be there: the lower edge of a band lies at 0', () => {
    const below = [...measures.keys()].filter((name) => scaleOfName(name).back(-3) < 0);
    expect(below).toEqual(['roi']);
    expect(scaleOfName('requests').back(-3)).toBe(0);
  });
});
