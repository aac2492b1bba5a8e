/** Numbers that look random and are the same in every run with the same seed. */

/** A generator of numbers from 0 to 1 (a linear congruential one, of which the high bits are used). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
