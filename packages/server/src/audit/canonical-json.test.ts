import { describe, expect, it } from 'vitest';
import type { JsonValue } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: {} }, '{"b":{}}'],
    // RFC 8785 sorts by UTF-16 code units: the surrogates of U+1F600 come before U+FB33.
    [{ '\u{FB33}': 1, '\u{1F600}': 2, '10': 3, '9': 4 }, '{"10":3,"9":4,"\u{1F600}":2,"\u{FB33}":1}'],
    [[-0, 1e21, 0.1, 1e-7], '[0,1e+21,0.1,1e-7]'],
    ['a\u0000"\\\n', '"a\\u0000\\"\\\\\\n"'],
    ['\uD800x', '"\uFFFDx"'],
  ] as [JsonValue, string][])('prints %j as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each([Number.NaN, Infinity, 1n, Symbol('x'), () => 1, new Date(0), new Map(), undefined])(
    'refuses what JSON cannot hold: %s',
    (value) => {
      expect(() => canonicalJson([value] as unknown as JsonValue)).toThrow(TypeError);
    },
  );

  it('refuses what is nested too deeply', () => {
    const nest = (depth: number): JsonValue => (depth === 0 ? 1 : [nest(depth - 1)]);
    expect(canonicalJson(nest(16))).toBe(`${'['.repeat(16)}1${']'.repeat(16)}`);
    expect(() => canonicalJson(nest(17))).toThrow('JSON is nested more than 16 deep.');
  });

  it('keeps a member called __proto__ a member', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"x":1}}') as JsonValue)).toBe('{"__proto__":{"x":1}}');
  });
});
