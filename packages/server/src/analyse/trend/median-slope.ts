/**
 * The median of the slopes between pairs of points.
 * Sources: Theil, Proceedings of the Royal Netherlands Academy of Sciences 53
 * (1950); Sen, Journal of the American Statistical Association 63 (1968).
 */
import { median } from '../forecast/numeric.ts';

/** Points from which pairs are made; of more, so many are taken at even distances. */
const pointsMost = 500;

/** The median slope per step between the observed values; 0 with fewer than two. */
export function medianSlope(values: Float64Array, observed: Uint8Array): number {
  const steps: number[] = [];
  for (let t = 0; t < values.length; t++) if (observed[t] === 1) steps.push(t);
  const count = Math.min(pointsMost, steps.length);
  const chosen = Array.from({ length: count }, (_, k) => steps[Math.floor((k * steps.length) / count)]!);
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let pair = 0;
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      slopes[pair++] = (values[chosen[i]!]! - values[chosen[j]!]!) / (chosen[i]! - chosen[j]!);
    }
  }
  return median(slopes);
}
