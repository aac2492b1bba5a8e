import { describe, expect, it } from 'vitest';
import { seededRandom } from '../journal/identities/test-support.ts';
import { compilePattern, PATTERN_LENGTH_MAX, PatternError } from './linear-pattern.ts';

describe('a pattern', () => {
  it.each([
    ['gpt-4.*|o[13]', ['gpt-4o', 'gpt-4', 'o1', 'o3'], ['o2', 'xgpt-4', 'o1x', '']],
    ['[^a-c]+', ['xyz', 'é'], ['xa', '']],
    ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['(ab|cd)?e', ['e', 'abe', 'cde'], ['abcde']],
    [String.raw`\d+\.\w`, ['12.x'], ['12x', '.x']],
    ['', [''], ['a']],
  ])('%s matches the whole text or nothing', (pattern, matching, others) => {
    const matches = compilePattern(pattern);
    expect(matching.filter((text) => !matches(text))).toEqual([]);
    expect(others.filter(matches)).toEqual([]);
  });

  it('says of random texts what the engine of the language says', () => {
    const random = seededRandom(7);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const make = (depth: number): string => {
      const kind = depth === 0 ? 0 : Math.floor(random() * 5);
      if (kind === 0) return pick(['a', 'b', 'c', '.', '[ab]', '[^a]']);
      if (kind === 1) return make(depth - 1) + make(depth - 1);
      if (kind === 2) return `(${make(depth - 1)}|${make(depth - 1)})`;
      return `(${make(depth - 1)})${pick(['*', '+', '?', '{0,2}', '{2}'])}`;
    };
    for (let n = 0; n < 500; n += 1) {
      const pattern = make(3);
      const [ours, theirs] = [compilePattern(pattern), new RegExp(`^(?:${pattern})$`, 'su')];
      for (let m = 0; m < 20; m += 1) {
        const text = Array.from({ length: Math.floor(random() * 7) }, () => pick(['a', 'b', 'c'])).join('');
        expect([pattern, text, ours(text)]).toEqual([pattern, text, theirs.test(text)]);
      }
    }
  });

  // An engine that goes back would not come to an end of any of these.
  it.each(['(a+)+b', '(a|a)*b', '(a*)*b', '(.*a){30}', '(a|aa)+$|(a+){40}b', '((a+)+)+c'])(
    '%s takes time in proportion to the text',
    (pattern) => {
      const outcome = (): boolean | string => {
        try {
          return compilePattern(pattern)(`${'a'.repeat(5000)}!`);
        } catch (error) {
          return (error as Error).name;
        }
      };
      expect([false, 'PatternError']).toContain(outcome());
    },
  );

  it.each([
    'a'.repeat(PATTERN_LENGTH_MAX + 1),
    '((((a{100}){100}){100}){100}){100}',
    'a{101}',
    'a{3,2}',
    '('.repeat(40) + ')'.repeat(40),
    '(',
    ')',
    '[',
    '[z-a]',
    '*',
    String.raw`(a)\1`,
    '(?=a)',
    '(?<!a)b',
    '\\',
  ])('%s is refused', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });
});
