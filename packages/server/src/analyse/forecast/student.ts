/**
 * Quantiles of Student's t, for intervals from few observations.
 * Source: Hill, "Algorithm 396: Student's t-quantiles", Communications of the
 * ACM 13 (1970), which takes any degrees of freedom from 1 on.
 */

/**
 * The value that |t| stays below with probability `confidence` (0..1, both
 * exclusive) at `freedom` degrees of freedom; below 1 these count as 1.
 * Exact at 1 and 2, to at least three digits elsewhere.
 */
export function studentQuantile(confidence: number, freedom: number): number {
  const n = Math.max(1, freedom);
  const tails = 1 - confidence;
  if (n === 1) return 1 / Math.tan((tails * Math.PI) / 2);
  if (n === 2) return Math.sqrt(2 / (tails * (2 - tails)) - 2);
  const a = 1 / (n - 0.5);
  const b = 48 / a ** 2;
  const c = ((20_700 * a) / b - 98) * a - 16;
  const c96 = c + 96.36;
  const d = ((94.5 / (b + c96) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * n;
  let x = d * tails;
  let y = x ** (2 / n);
  if (y > 0.05 + a) {
    x = normalQuantile(tails / 2);
    y = x * x;
    let widened = c96;
    if (n < 5) widened += 0.3 * (n - 4.5) * (x + 0.6);
    widened += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / widened - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    y =
      ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) *
        ((n + 1) / (n + 2)) +
      1 / y;
  }
  return Math.sqrt(n * y);
}

/**
 * The normal's lower quantile of `tail` (below 1/2), by Acklam's rational
 * approximation, to nine digits.
 */
export function normalQuantile(tail: number): number {
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    const top =
      ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
      1;
    return top / bottom;
  }
  const q = tail - 0.5;
  const r = q * q;
  const top =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
    q;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return top / bottom;
}
