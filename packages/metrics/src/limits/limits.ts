/** The bounds of a family, and what is counted when they are met. */
import { MetricsError } from '../errors.ts';

/** Bounds of one family. */
export interface FamilyLimits {
  /** The most label sets that are kept apart; the others go to one `__overflow__` series. */
  readonly seriesMax: number;
  /** The longest label value, in UTF-16 code units; a label set with a longer one goes to `__overflow__`. */
  readonly labelValueLengthMax: number;
  /** After how many seconds without a change a series is removed; 0 keeps it for ever. */
  readonly idleSecondsMax: number;
}

/** The bounds where nothing else is said. */
export const DEFAULT_LIMITS: FamilyLimits = {
  seriesMax: 10_000,
  labelValueLengthMax: 1024,
  idleSecondsMax: 0,
};

/** The value of every label of the series that takes what is beyond a family's bounds. */
export const OVERFLOW_LABEL_VALUE = '__overflow__';

/** What a family counts about its bounds. Each look-up counts; a handle that is kept counts once. */
export interface LimitFigures {
  /** How often a label set went to the overflow series since the family was full. */
  seriesLimit: number;
  /** How often a label set went to the overflow series since one of its values was too long. */
  labelValueTooLong: number;
  /** How many series were removed since nothing changed them for long. */
  idleRemoved: number;
}

/** The bounds given, the others as in `base`. Throws OPTION_INVALID for what is no bound. */
export function limitsFrom(
  name: string,
  given: { readonly [K in keyof FamilyLimits]?: FamilyLimits[K] | undefined },
  base: FamilyLimits,
): FamilyLimits {
  const limit = (option: keyof FamilyLimits, least: number): number => {
    const value = given[option] ?? base[option];
    if (typeof value !== 'number' || !(value >= least)) {
      throw new MetricsError('OPTION_INVALID', {
        name,
        option,
        expected: `a number from ${least} up`,
        value,
      });
    }
    return value;
  };
  return {
    seriesMax: limit('seriesMax', 1),
    labelValueLengthMax: limit('labelValueLengthMax', 1),
    idleSecondsMax: limit('idleSecondsMax', 0),
  };
}
