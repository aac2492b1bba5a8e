/**
 * The scale on which a series is modelled. Where swings grow with the level, a
 * power or a logarithm makes them alike, so that additive models fit; forecasts
 * are turned back, which keeps medians.
 * Source of the choice: Guerrero, Journal of Forecasting 12 (1993).
 */
import { mean, median } from './numeric.ts';

/** A strictly increasing change of scale and its inverse. */
export interface Transform {
  /** 1 leaves the values as they are, 0 is the logarithm, between them a power. */
  readonly power: number;
  readonly forward: (values: Float64Array) => Float64Array;
  readonly backward: (values: Float64Array) => Float64Array;
}

/** Values below this share of the median would dominate on a logarithmic scale. */
const nearZeroShare = 1e-3;

/** The power transform of the given exponent (0..1); below the domain's edge the inverse stops at 0. */
export function powerTransform(power: number): Transform {
  if (power === 1)
    return { power, forward: (values) => values.slice(), backward: (values) => values.slice() };
  if (power === 0)
    return { power, forward: (values) => values.map(Math.log), backward: (values) => values.map(Math.exp) };
  return {
    power,
    forward: (values) => values.map((value) => value ** power),
    backward: (values) => values.map((value) => Math.max(0, value) ** (1 / power)),
  };
}

/**
 * The power that makes the spread within blocks of `block` steps least dependent
 * on their level: 1 minus the slope of log spread on log level, rounded to
 * 0, 1/2 or 1 (1/2 at least where values come near zero; 1 where negative values occur).
 */
export function suitablePower(values: Float64Array, block: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  if (least < 0 || values.length < 4 * block) return 1;
  const touchesZero = least <= nearZeroShare * median(values);
  const levels: number[] = [];
  const spreads: number[] = [];
  for (let from = values.length % block; from + block <= values.length; from += block) {
    const part = values.subarray(from, from + block);
    const level = mean(part);
    const spread = Math.sqrt(mean(part.map((value) => (value - level) ** 2)));
    if (level > 0 && spread > 0) {
      levels.push(Math.log(level));
      spreads.push(Math.log(spread));
    }
  }
  const slope = robustSlope(levels, spreads);
  const power = 1 - slope;
  if (power > 0.75) return 1;
  return power > 0.25 || touchesZero ? 0.5 : 0;
}

/** The median of pairwise slopes between points that are apart (Theil and Sen), 0 where the levels hardly differ. */
function robustSlope(x: readonly number[], y: readonly number[]): number {
  const slopes: number[] = [];
  const stride = Math.max(1, Math.floor(x.length / 60));
  for (let i = 0; i < x.length; i += stride) {
    for (let j = 0; j < i; j += stride) {
      const apart = x[i]! - x[j]!;
      if (Math.abs(apart) > 0.02) slopes.push((y[i]! - y[j]!) / apart);
    }
  }
  return slopes.length < 3 ? 0 : median(slopes);
}
