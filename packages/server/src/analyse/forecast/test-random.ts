/**
 * A small seeded random generator for tests and development series, so that every run
 * sees the same numbers on every machine.
 */

/** Random draws from one seed. */
export interface Random {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Uniform on [low, high). */
  between(low: number, high: number): number;
  /** Standard normal. */
  normal(): number;
  /** Student's t with `freedom` degrees of freedom, scaled to unit variance (freedom > 2). */
  student(freedom: number): number;
  /** Poisson with mean `mean`; above 50 by the normal approximation, rounded. */
  poisson(mean: number): number;
  /** Integer in [low, high]. */
  integer(low: number, high: number): number;
  /** True with probability `probability`. */
  chance(probability: number): boolean;
}

/** A generator seeded with a 32-bit integer (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const student = (freedom: number): number => {
    let chiSquared = 0;
    for (let i = 0; i < freedom; i++) chiSquared += normal() ** 2;
    return (normal() / Math.sqrt(chiSquared / freedom)) * Math.sqrt((freedom - 2) / freedom);
  };
  const poisson = (mean: number): number => {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    let product = uniform();
    let count = 0;
    for (const limit = Math.exp(-mean); product > limit; count++) product *= uniform();
    return count;
  };
  return {
    uniform,
    normal,
    student,
    poisson,
    between: (low, high) => low + (high - low) * uniform(),
    integer: (low, high) => low + Math.floor((high - low + 1) * uniform()),
    chance: (probability) => uniform() < probability,
  };
}
