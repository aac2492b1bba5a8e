import { describe, expect, it } from 'vitest';
import { globsMeet, matchesGlob, specificityOf } from './model-match.ts';

describe('a glob over models', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', true],
    ['gpt-4o', 'gpt-4o-mini', false],
    ['GPT-4o*', 'gpt-4O-mini', true],
    ['*sonnet*', 'anthropic.claude-sonnet-4-5', true],
    ['gpt-?o', 'gpt-4o', true],
    ['gpt-?', 'gpt-', false],
    ['*', '', true],
    ['**a', 'ba', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-b-d', false],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, name, matches) => {
    expect(matchesGlob(pattern, name)).toBe(matches);
  });

  it('takes no time that grows with a power of its stars', () => {
    const started = performance.now();
    expect(matchesGlob('*a'.repeat(120), `${'a'.repeat(119)}b`.repeat(20))).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('is the narrower the more of the name it says', () => {
    const patterns = ['*', 'gpt-*', 'gpt-4*', 'gpt-4-long-name*', 'o3'];
    expect(patterns.toSorted((a, b) => specificityOf(a) - specificityOf(b))).toEqual(patterns);
  });

  it.each([
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['a?c', 'ab*', true],
    ['a?', 'a', false],
    ['x', 'X', true],
    ['*x*', '*y*', true],
    ['gpt-4o', 'gpt-4o-*', false],
  ])('%s meets %s: %s', (a, b, meets) => {
    expect([globsMeet(a, b), globsMeet(b, a)]).toEqual([meets, meets]);
  });
});
