import { describe, expect, it } from 'vitest';
import { createHashSeed, hashIdentity, hashPayloadField, hashText } from './hash.ts';
import { seededRandom } from './test-support.ts';

const seed = createHashSeed(Uint8Array.from({ length: 16 }, (_, index) => index));
const out = new Uint32Array(3);

function identity(tenant: string, id: string, key = seed): string {
  hashIdentity(key, tenant, id, out, 0);
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join('');
}

describe('hashIdentity', () => {
  it('is what it was when the runs on disk were written', () => {
    expect(identity('', '')).toBe('265b189e81ffdd1d44629853');
    expect(identity('acme', 'req-1')).toBe('0378ef3bd5dc51c31092c8af');
    expect(identity('acme', '5f0c6b1e-8d53-4f3a-9d8e-2b7c1a0f9e64')).toBe('3bc49051aea7f7121d723132');
    expect(identity('компания', 'заявка-1')).toBe('58a6cec6f59ed9aea0b83efb');
  });

  it('writes where it is told', () => {
    const entries = new Uint32Array(8).fill(7);
    hashIdentity(seed, 'acme', 'req-1', entries, 4);
    hashIdentity(seed, 'acme', 'req-1', out, 0);
    expect([...entries]).toEqual([7, 7, 7, 7, ...out, 7]);
  });

  it('tells apart what differs in the least', () => {
    const pairs = [
      ['', ''],
      ['a', ''],
      ['', 'a'],
      ['ab', 'c'],
      ['a', 'bc'],
      ['abc', ''],
      ['', 'abc'],
      ['', 'abc\0'],
      ['', 'abc\0\0'],
      ['', 'abcd'],
      ['abcd', ''],
      ['abcd', 'efgh'],
      ['', 'abcdefgh'],
      ['abcdefgh', ''],
      // The same words, read four narrow or two wide units at a time.
      ['', '\u6261\u6463'],
      ['\u6261\u6463', ''],
      ['', 'é'],
      ['', 'e\u0301'],
      ['', 'ÿ'],
      ['', 'Ā'],
      ['', '\ud83d\ude00'],
      ['', '\ud83d'],
      ['', '\ude00'],
      ['', '\ud83d\0'],
      ['', 'x'.repeat(128)],
      ['', 'x'.repeat(127)],
      ['x', 'x'.repeat(127)],
      ['x'.repeat(4), 'x'.repeat(124)],
      ['', `${'x'.repeat(127)}Ā`],
    ] as const;
    expect(new Set(pairs.map(([tenant, id]) => identity(tenant, id))).size).toBe(pairs.length);
  });

  it('depends on every bit of the seed', () => {
    const hashes = new Set([identity('acme', 'req-1')]);
    for (let bit = 0; bit < 128; bit++) {
      const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      hashes.add(identity('acme', 'req-1', createHashSeed(bytes)));
    }
    expect(hashes.size).toBe(129);
    expect(() => createHashSeed(new Uint8Array(15))).toThrow(RangeError);
  });

  it('turns every bit of the outcome half of the time when one bit of the text turns', () => {
    const random = seededRandom(1);
    const flipped = new Uint32Array(3);
    for (const length of [1, 5, 36]) {
      const turns = new Uint32Array(length * 8 * 96);
      const SAMPLES = 400;
      for (let sample = 0; sample < SAMPLES; sample++) {
        const codes = Array.from({ length }, () => Math.floor(random() * 256));
        // Another tenant each time, since there are only 256 texts of one letter.
        hashIdentity(seed, `t${sample}`, String.fromCharCode(...codes), out, 0);
        for (let bit = 0; bit < length * 8; bit++) {
          const other = codes.map((code, index) => (index === bit >> 3 ? code ^ (1 << (bit & 7)) : code));
          hashIdentity(seed, `t${sample}`, String.fromCharCode(...other), flipped, 0);
          for (let place = 0; place < 96; place++) {
            turns[bit * 96 + place]! += ((out[place >> 5]! ^ flipped[place >> 5]!) >>> (place & 31)) & 1;
          }
        }
      }
      // Binomial: 200 ± 10; six deviations do not happen by chance in 3,456 · 8 places.
      expect(Math.min(...turns)).toBeGreaterThan(140);
      expect(Math.max(...turns)).toBeLessThan(260);
    }
  });

  const families: [name: string, count: number, id: (index: number) => string][] = [
    ['x-1 to x-5000000', 5_000_000, (index) => `x-${index + 1}`],
    [
      'uuids that count',
      1_000_000,
      (index) => `0192f0c1-7c3a-7000-8000-${index.toString(16).padStart(12, '0')}`,
    ],
    ['numbers in wide text', 1_000_000, (index) => `заказ-${index}`],
    ['texts that differ in five places', 1_000_000, scattered],
  ];

  it.each(families)('has no more collisions than chance has: %s', (_, count, id) => {
    const words = [0, 1, 2].map(() => new Uint32Array(count));
    const halves = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      hashIdentity(seed, 'acme', id(index), out, 0);
      words.forEach((column, word) => {
        column[index] = out[word]!;
      });
      halves[index] = out[0]! * 2 ** 21 + (out[1]! >>> 11);
    }
    // 53 bits of the 96 are distinct already; by chance one pair in 700 such sets would not be.
    expect(collisions(halves.toSorted())).toBe(0);
    const expected = (count * count) / 2 / 2 ** 32;
    for (const column of words) {
      expect(Math.abs(collisions(column.toSorted()) - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
  });
});

/** An id of 36 characters in which the digits of a number are far apart. */
function scattered(index: number): string {
  const digits = index.toString(16).padStart(5, '0');
  return Array.from(digits, (digit) => `${digit}.......`)
    .join('')
    .slice(0, 36);
}

function collisions(sorted: Uint32Array | Float64Array): number {
  let count = 0;
  for (let index = 1; index < sorted.length; index++) if (sorted[index] === sorted[index - 1]) count++;
  return count;
}

describe('hashText and hashPayloadField', () => {
  it('are what they were when the fingerprints on disk were made', () => {
    expect(hashText(seed, '')).toBe(1949791998);
    expect(hashText(seed, 'gpt-5')).toBe(3085975398);
    expect(hashPayloadField(seed, 'model', 'gpt-5')).toBe(4193338367);
    expect(hashPayloadField(seed, 'model', 'модель')).toBe(1926394050);
  });

  it('tell fields, texts and their boundary apart', () => {
    const hashes = [
      hashPayloadField(seed, 'model', 'gpt-5'),
      hashPayloadField(seed, 'provider', 'gpt-5'),
      hashPayloadField(seed, 'modelg', 'pt-5'),
      hashPayloadField(seed, 'mode', 'lgpt-5'),
      hashPayloadField(seed, 'model', 'gpt-5\0'),
      hashPayloadField(seed, 'model', ''),
      hashPayloadField(seed, '', 'model'),
      hashText(seed, 'gpt-5'),
      hashText(createHashSeed(new Uint8Array(16).fill(9)), 'gpt-5'),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('add up to the same in any order, and to another sum if two fields change places', () => {
    const a = hashPayloadField(seed, 'input_tokens', '7');
    const b = hashPayloadField(seed, 'output_tokens', '9');
    const swapped =
      hashPayloadField(seed, 'input_tokens', '9') + hashPayloadField(seed, 'output_tokens', '7');
    expect((a + b) >>> 0).not.toBe(swapped >>> 0);
  });

  it('has no more collisions than chance has', () => {
    const count = 1_000_000;
    const texts = Uint32Array.from({ length: count }, (_, index) => hashText(seed, String(index)));
    const fields = Uint32Array.from({ length: count }, (_, index) =>
      hashPayloadField(seed, 'latency_ms', String(index)),
    );
    const expected = (count * count) / 2 / 2 ** 32;
    for (const column of [texts, fields]) {
      expect(Math.abs(collisions(column.toSorted()) - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
  });

  it('turns every bit half of the time when one bit of the text turns', () => {
    const random = seededRandom(2);
    const turns = new Uint32Array(5 * 16 * 32);
    const SAMPLES = 1000;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const codes = Array.from({ length: 5 }, () => Math.floor(random() * 65_536));
      const hash = hashText(seed, String.fromCharCode(...codes));
      for (let bit = 0; bit < 5 * 16; bit++) {
        const other = codes.map((code, index) => (index === bit >> 4 ? code ^ (1 << (bit & 15)) : code));
        const changed = hash ^ hashText(seed, String.fromCharCode(...other));
        for (let place = 0; place < 32; place++) turns[bit * 32 + place]! += (changed >>> place) & 1;
      }
    }
    expect(Math.min(...turns)).toBeGreaterThan(400);
    expect(Math.max(...turns)).toBeLessThan(600);
  });
});
