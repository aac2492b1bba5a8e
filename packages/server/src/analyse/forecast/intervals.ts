/**
 * Prediction intervals from the errors that the combination itself made in the
 * back-test: a scale for each step ahead (never shrinking with distance), a
 * factor for each phase of the season, and quantiles of the errors so scaled,
 * widened for the number of independent stretches they come from. Nothing is
 * assumed of the errors' distribution but its rough shape where data are few.
 * Idea: split conformal prediction, Vovk et al., "Algorithmic Learning in a
 * Random World" (2005); empirical multi-step intervals, Williams and Goodman,
 * Journal of the American Statistical Association 66 (1971).
 */
import { mean, quantile } from './numeric.ts';

/** Half-widths per step on the scale of the errors. */
export interface HalfWidths {
  readonly within80: Float64Array;
  readonly within95: Float64Array;
}

/** Quantiles of |error| / mean |error| towards which few data are drawn: between the normal's and Laplace's. */
const usual80 = 1.61;
const usual95 = 2.6;
/** Stretches that the usual quantiles count as. */
const usualStretches = 4;
/**
 * Intervals are wider than the back-test's errors by these factors, since the
 * combination's weights were chosen on the same errors, and since few
 * stretches know little of the tails. Set on simulated series.
 */
const widening = 1.05;
const wideningPerStretch = 1;
/** Observations with which a phase's factor is drawn towards 1. */
const phasePrior = 12;

/**
 * Half-widths for `horizon` steps after `origin` from errors[k][h], the error h
 * steps after origins[k] (not a number where nothing was observed). `stretches`
 * is how many independent stretches of time the errors stand for.
 */
export function halfWidths(
  errors: readonly Float64Array[],
  origins: readonly number[],
  origin: number,
  horizon: number,
  period: number,
  stretches: number,
): HalfWidths {
  const scale = scales(errors, horizon);
  const factors = phaseFactors(errors, origins, scale, period);
  const relative: number[] = [];
  errors.forEach((path, k) => {
    for (let h = 0; h < path.length; h++) {
      const unit = scale[h]! * factors[(origins[k]! + h) % period]!;
      if (Number.isFinite(path[h]!) && unit > 0) relative.push(Math.abs(path[h]!) / unit);
    }
  });
  const own80 = quantile(relative, 0.8);
  const own95 = quantile(relative, 0.95);
  const widen = widening + wideningPerStretch / stretches;
  const factor80 = (widen * (stretches * own80 + usualStretches * usual80)) / (stretches + usualStretches);
  const factor95 = (widen * (stretches * own95 + usualStretches * usual95)) / (stretches + usualStretches);
  const half = (factor: number): Float64Array =>
    scale.map((unit, h) => factor * unit * factors[(origin + h) % period]!);
  return { within80: half(factor80), within95: half(factor95) };
}

/** Mean absolute error per step ahead, smoothed and never falling; beyond the back-test it grows with the root. */
function scales(errors: readonly Float64Array[], horizon: number): Float64Array {
  const sums = new Float64Array(horizon);
  const counts = new Float64Array(horizon);
  for (const path of errors) {
    for (let h = 0; h < Math.min(horizon, path.length); h++) {
      if (!Number.isFinite(path[h]!)) continue;
      sums[h]! += Math.abs(path[h]!);
      counts[h]!++;
    }
  }
  const rising = nonDecreasing(sums, counts);
  let reach = horizon;
  while (reach > 0 && counts[reach - 1] === 0) reach--;
  for (let h = reach; h < horizon; h++)
    rising[h] = (rising[reach - 1] ?? 0) * Math.sqrt((h + 1) / Math.max(1, reach));
  return rising;
}

/** The closest never-falling sequence to sums / counts (pool adjacent violators). */
function nonDecreasing(sums: Float64Array, counts: Float64Array): Float64Array {
  const blocks: { sum: number; count: number; size: number }[] = [];
  for (let h = 0; h < sums.length; h++) {
    let block = { sum: sums[h]!, count: counts[h]!, size: 1 };
    let before = blocks.at(-1);
    while (before !== undefined && before.sum * block.count >= block.sum * before.count) {
      blocks.pop();
      block = {
        sum: before.sum + block.sum,
        count: before.count + block.count,
        size: before.size + block.size,
      };
      before = blocks.at(-1);
    }
    blocks.push(block);
  }
  const result = new Float64Array(sums.length);
  let at = 0;
  for (const block of blocks) {
    for (let k = 0; k < block.size; k++) result[at++] = block.count > 0 ? block.sum / block.count : 0;
  }
  return result;
}

/** How much larger or smaller than usual the errors at each phase are. */
function phaseFactors(
  errors: readonly Float64Array[],
  origins: readonly number[],
  scale: Float64Array,
  period: number,
): Float64Array {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  errors.forEach((path, k) => {
    for (let h = 0; h < path.length; h++) {
      if (!Number.isFinite(path[h]!) || !(scale[h]! > 0)) continue;
      sums[(origins[k]! + h) % period]! += Math.abs(path[h]!) / scale[h]!;
      counts[(origins[k]! + h) % period]!++;
    }
  });
  const typical = mean(sums) / Math.max(1e-300, mean(counts));
  return sums.map((sum, phase) => {
    const relative = typical > 0 ? sum / typical : counts[phase]!;
    return (relative + phasePrior) / (counts[phase]! + phasePrior);
  });
}
