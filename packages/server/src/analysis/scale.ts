/**
 * The scale on which a measure is judged, where its noise has about the same size
 * whatever its level: roots of counts (Anscombe, Biometrika 35, 1948), logarithms of
 * durations and prices, and the values themselves for shares and scores.
 */

import { describeMeasure, type MeasureDescription } from '../series/measure-names.ts';

/** From values to where they are judged, and back. */
export interface Scale {
  readonly name: 'root' | 'logarithm' | 'share' | 'plain';
  /** Null where the scale has no place for a value, such as the logarithm of 0. */
  readonly forward: (value: number) => number | null;
  /** Not below 0 where the measure cannot be. */
  readonly back: (scaled: number) => number;
}

const root: Scale = {
  name: 'root',
  forward: (value) => (value < 0 ? -Math.sqrt(-value) : Math.sqrt(value)),
  back: (scaled) => Math.max(0, scaled) ** 2,
};
const logarithm: Scale = {
  name: 'logarithm',
  forward: (value) => (value > 0 ? Math.log(value) : null),
  back: (scaled) => Math.exp(scaled),
};
const plain: Scale = { name: 'plain', forward: (value) => value, back: (scaled) => scaled };
const plainFromZero: Scale = { ...plain, back: (scaled) => Math.max(0, scaled) };
const share: Scale = { ...plainFromZero, name: 'share' };

/** The scale of a measure. */
export function scaleOf({ kind, unit, name }: MeasureDescription): Scale {
  if (kind === 'count' || kind === 'rate' || kind === 'distinct') return root;
  if (name === 'error_ratio') return share;
  // A return on cost is the one measure that is a loss below 0.
  if (name === 'roi') return plain;
  if (kind === 'ratio' || unit === 'score') return plainFromZero;
  // What somebody else's series count may be below 0.
  if (kind === 'level') return plain;
  return logarithm;
}

/** The scale of a measure by its name. @throws BellwetherError `invalid_parameter`. */
export function scaleOfName(measure: string): Scale {
  return scaleOf(describeMeasure(measure));
}
