/**
 * The scale of scores. A score is a function of a probability alone, so that it
 * means the same on every series: score = 1 - p^(1/10), where p is the chance, per
 * row, that a series which behaves as before looks at least so odd. Each halving of
 * the distance to 1 is a factor of 1,024: 0.5 is one row in a thousand, 0.75 one in
 * a million, 0.875 one in a thousand million.
 */

const DECADES_PER_E = 10;

/** The score of a rarity in decades (-log10 p). */
export function scoreOfDecades(decades: number): number {
  return decades <= 0 ? 0 : 1 - 10 ** (-decades / DECADES_PER_E);
}

/** The rarity in decades that a score in [0, 1) stands for. */
export function decadesOfScore(score: number): number {
  return -DECADES_PER_E * Math.log10(1 - score);
}
