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
    logGamma(size + whole) - logGamma(size) - logGamma(whole + 1) - size * Math.log(1 + over) + whole * Math.log(ratio);
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

const LANCZOS = [
  76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
  -0.5395239384953e-5,
];

/** The logarithm of the gamma function of a positive number (Lanczos, SIAM Journal on Numerical Analysis 1, 1964). */
export function logGamma(x: number): number {
  const base = x + 5.5;
  let series = 1.000000000190015;
  LANCZOS.forEach((coefficient, index) => {
    series += coefficient / (x + 1 + index);
  });
  return Math.log((2.5066282746310005 * series) / x) - (base - (x + 0.5) * Math.log(base));
}
