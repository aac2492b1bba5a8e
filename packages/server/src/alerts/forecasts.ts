/**
 * Forecasts as figures that rules are about. A forecast is much work and changes slowly,
 * so each is made now and then, and what it came to is held against the rule in between.
 */

import type { ForecastBound, ForecastFigure, ForecastSubject } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';
import type { Signal } from './signals.ts';

/** A figure of the future with its intervals; NaN where there is none. */
export interface ForecastValue {
  readonly labels: Labels;
  readonly values: Readonly<Record<ForecastBound, number>>;
}

/** Makes the forecasts of one figure. A rejection leaves the alerts of its rules as they are. */
export type MakeForecast = (subject: ForecastSubject, nowMs: number) => Promise<readonly ForecastValue[]>;

/** How long a forecast is good for, and how long one that found nothing, or not all that there is. */
const GOOD_MS = 10 * 60_000;
const DOUBTFUL_MS = 60_000;
/** Forecasts that are remembered: more than there are rules. */
const REMEMBERED_MAX = 4000;

interface Made {
  readonly atMs: number;
  /** How long it is good for, once that is known. */
  goodMs: number;
  readonly values: Promise<readonly ForecastValue[]>;
}

/** The forecasts of a server. */
export class Forecasts {
  readonly #make: Readonly<Partial<Record<ForecastFigure, MakeForecast>>>;
  readonly #made = new Map<string, Made>();
  readonly #settled: () => Promise<boolean>;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param make what makes each figure; a rule over one that nothing makes cannot be evaluated.
   * @param settled waits a little for all that is acknowledged to be there to forecast from; whether it is.
   */
  constructor(
    make: Readonly<Partial<Record<ForecastFigure, MakeForecast>>>,
    settled: () => Promise<boolean> = () => Promise.resolve(true),
  ) {
    this.#make = make;
    this.#settled = settled;
  }

  /** The figures of a subject at its bound. Rejects as what makes them does, and is tried again the next time. */
  async read(subject: ForecastSubject, nowMs: number): Promise<readonly Signal[]> {
    const { figure, measure, by, where, limit, stepMs, aheadMs, bound } = subject;
    const key = JSON.stringify([figure, measure, by, where, limit, stepMs, aheadMs]);
    const known = this.#made.get(key);
    const isGood = known !== undefined && nowMs >= known.atMs && nowMs - known.atMs < known.goodMs;
    const values = isGood ? known.values : this.#remember(key, subject, nowMs);
    return (await values).map((value) => ({ labels: value.labels, value: value.values[bound] }));
  }

  #remember(key: string, subject: ForecastSubject, nowMs: number): Made['values'] {
    // One after the other, since each keeps the processor busy for a while.
    const make = this.#make[subject.figure];
    if (make === undefined) return Promise.reject(new Error(`nothing makes ${subject.figure}`));
    let isSettled = false;
    const values = this.#last.then(async () => {
      isSettled = await this.#settled();
      return make(subject, nowMs);
    });
    this.#last = values.catch(() => undefined);
    if (this.#made.size >= REMEMBERED_MAX) this.#made.clear();
    const made = { atMs: nowMs, goodMs: GOOD_MS, values };
    this.#made.set(key, made);
    values.then(
      (found) => {
        if (!isSettled || found.length === 0) made.goodMs = DOUBTFUL_MS;
      },
      () => this.#made.delete(key),
    );
    return values;
  }
}

/** What stands where there is no forecast. */
export function noForecast(labels: Labels): ForecastValue {
  const none = Number.NaN;
  return {
    labels,
    values: { expected: none, lower80: none, upper80: none, lower95: none, upper95: none },
  };
}
