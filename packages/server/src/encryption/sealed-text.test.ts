import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSealedValue, ValueSealer } from './sealed-text.ts';

const key = randomBytes(32);
const sealer = new ValueSealer(key);

describe('a sealed value', () => {
  it.each(['', 'a', 'Zürich 🎉', 'x'.repeat(5000)])('gives back the text %j', (text) => {
    const sealed = sealer.seal('t.c', text);
    expect(isSealedValue(sealed)).toBe(true);
    expect(new ValueSealer(key).open('t.c', sealed)).toBe(text);
    expect(text.length > 1 && sealed.includes(text)).toBe(false);
  });

  it('gives back bytes', () => {
    const bytes = new Uint8Array(randomBytes(300));
    const sealed = sealer.seal('t.c', bytes);
    expect(sealed).toBeInstanceOf(Uint8Array);
    expect(isSealedValue(sealed)).toBe(true);
    expect(sealer.open('t.c', sealed)).toEqual(bytes);
  });

  it('is the same for the same value of a column, and for nothing else', () => {
    expect(sealer.seal('t.c', 'v')).toBe(sealer.seal('t.c', 'v'));
    const others = [
      sealer.seal('t.c', 'w'),
      sealer.seal('t.d', 'v'),
      new ValueSealer(randomBytes(32)).seal('t.c', 'v'),
    ];
    expect(new Set([...others, sealer.seal('t.c', 'v')]).size).toBe(4);
  });

  it('does not open changed, in another column, or with another key; what was never sealed is as it is', () => {
    const sealed = sealer.seal('t.c', new Uint8Array([1, 2, 3]));
    for (let at = 5; at < sealed.length; at += 1) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => sealer.open('t.c', changed)).toThrow(/of t\.c .* damaged, or of another key/);
    }
    expect(() => sealer.open('t.c', sealed.subarray(0, 20))).toThrow(/damaged/);
    expect(() => sealer.open('t.d', sealed)).toThrow(/damaged/);
    expect(() => new ValueSealer(randomBytes(32)).open('t.c', sealed)).toThrow(/damaged/);
    expect(sealer.open('t.c', '{"plain":1}')).toBe('{"plain":1}');
  });
});
