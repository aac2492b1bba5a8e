/**
 * How improbable a count is: the upper tail of a negative binomial distribution, which
 * is Poisson's with more spread, as failures have that come in bunches.
 */

/** Terms of the tail that are added up. */
const TERMS_MAX = 400;
const LOG_TEN = Math.LN10;

/**
 * -log10 of the probability of at least `count`, where `mean` are expected and the
 * variance is `spread` times the mean; 0 for a count that is not above the mean.
 *
 * @param spread at least 1.0001, or it is taken as that.
 */
export function countDecades(count: number, mean: number, spread: number): number {
  if (!(count > mean)) return 0;
  const whole = Math.round(count);
  const over = Math.max(1e-4, spread - 1);
  const expected = Math.max(mean, 1e-6);
  const size = expected / over;
  const ratio = over / (1 + over);
  // The logarithm of the probability of exactly `whole`, then each further term by its ratio to the one before.
  let term =
    logGamma(size + whole) -
    logGamma(size) -
    logGamma(whole + 1) -
    size * Math.log(1 + over) +
    whole * Math.log(ratio);
  const first = term;
  let sum = 1;
  for (let next = whole; next < whole + TERMS_MAX; next += 1) {
    term += Math.log(((size + next) / (next + 1)) * ratio);
    const part = Math.exp(term - first);
    sum += part;
    if (part < 1e-6 * sum) break;
  }
  return Math.max(0, -(first + Math.log(sum)) / LOG_TEN);
}

/** From here on Stirling's series is exact to double precision. */
const STIRLING_FROM = 9;

/**
 * The logarithm of the gamma function of a positive number: Stirling's series, to which
 * smaller numbers are brought by Γ(x + 1) = x Γ(x) (Abramowitz and Stegun, 6.1.15 and 6.1.41).
 */
export function logGamma(x: number): number {
  let z = x;
  let shift = 0;
  for (; z < STIRLING_FROM; z += 1) shift += Math.log(z);
  const square = z * z;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
