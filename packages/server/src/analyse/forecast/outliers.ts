/**
 * Isolated values that have nothing to do with the rest (a counter that jumped,
 * a backfill booked on one hour). For modelling they are brought to the edge of
 * what is usual; a value that is one of several in a row is a change, not an
 * outlier, and stays.
 */
import { median, quantile } from './numeric.ts';

/** Beyond so many times the 90 % quantile of deviations a value is an outlier. */
const limitPerUsual = 8;
/** From so many in a row on they are taken as a change. */
const changeFrom = 3;
const neighbours = 3;

/** The values with isolated outliers limited; `period` is the season, 1 for none. */
export function withoutOutliers(values: Float64Array, period: number): Float64Array {
  const n = values.length;
  if (n < 2 * neighbours * period) return values;
  const expected = values.map((_, t) => {
    const around: number[] = [];
    for (let k = -neighbours; k <= neighbours; k++) {
      const at = t + k * period;
      if (k !== 0 && at >= 0 && at < n) around.push(values[at]!);
    }
    return median(around);
  });
  const away = values.map((value, t) => Math.abs(value - expected[t]!));
  const limit = limitPerUsual * quantile(away, 0.9);
  const cleaned = values.slice();
  if (limit <= 0) return cleaned;
  for (let t = 0; t < n; t++) {
    if (away[t]! > limit && runLength(away, t, limit) < changeFrom) {
      cleaned[t] = expected[t]! + Math.sign(values[t]! - expected[t]!) * limit;
    }
  }
  return cleaned;
}

/** How many in a row around `t` are beyond the limit, counted up to what makes a change. */
function runLength(away: Float64Array, t: number, limit: number): number {
  let length = 1;
  for (let at = t - 1; at >= 0 && length < changeFrom && away[at]! > limit; at--) length++;
  for (let at = t + 1; at < away.length && length < changeFrom && away[at]! > limit; at++) length++;
  return length;
}
