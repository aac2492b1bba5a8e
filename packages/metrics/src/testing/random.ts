/** A small seeded generator for property tests (mulberry32): the same seed gives the same numbers. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pieces that separators, quotes and escapes are usually made of. */
const PIECES = [
  '',
  'a',
  'B',
  '|',
  ',',
  ':',
  '"',
  '\\',
  '\n',
  '{',
  '}',
  '=',
  ' ',
  '#',
  'é',
  '日',
  '🙂',
  '\u0000',
  '\r',
  '1',
];

/** Any text out of troublesome pieces. */
export function anyText(random: () => number): string {
  let text = '';
  while (random() < 0.7) text += PIECES[Math.floor(random() * PIECES.length)];
  return text;
}

/** Any finite number, of any size and sign, whole or not. */
export function anyNumber(random: () => number): number {
  const kind = random();
  if (kind < 0.3) return Math.floor(random() * 1000);
  if (kind < 0.5) return Math.floor(random() * 2 ** 53);
  const number = (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
  return kind < 0.9 ? number : -number * 1e280;
}
