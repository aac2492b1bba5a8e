/**
 * What more traffic does to latency, errors and refusals, hour by hour: each hour keeps its
 * own mix of models, and each model of it gets its own load times the factor. What requests
 * of a model are like under that load is read from the hours in which it had such a load:
 *
 *     supposed = Σ over hours h, models m of n(h,m) · y(m, band(f · n(h,m))) / Σ n(h,m)
 *
 * with n the requests of a model in an hour, f the factor, and y(m, b) the share of errors,
 * or the distribution of latency, of all requests of the model in hours of the band b. It is
 * direct standardisation to the mix that there would be (Keiding and Clayton, Statistical
 * Science 29, 2014). Busy hours that are busy with other work than the mean hour are then no
 * sign of what load does.
 */

/** A band of loads reaches from its beginning to so many times that. */
export const BAND_RATIO = 1.25;
/** A bucket of latencies likewise: what is told of one is right within 1 %. */
export const BUCKET_RATIO = 1.02;
/** Hours, and requests in them, that a model must have had in a band for it to be told what requests are like there. */
export const HOURS_MIN = 5;
export const REQUESTS_MIN = 30;
/** Share of the requests of which this must be known for it to be told of all: the rest cannot move the 95th percentile beyond the 96th. */
export const KNOWN_RATIO_MIN = 0.99;

/** Hours of a model in one band that would come to be in one band. */
export interface LoadStep {
  readonly provider: string;
  readonly model: string;
  /** The whole part of the logarithm to {@link BAND_RATIO} of its requests in the hour. */
  readonly band: number;
  /** The same of its requests times the factor. */
  readonly scaled_band: number;
  readonly hours: number;
  readonly requests: number;
  /** The most requests of an hour. */
  readonly busiest: number;
}

/** What requests of a model were like in the hours of one band. */
export interface LoadOutcome {
  readonly provider: string;
  readonly model: string;
  readonly band: number;
  /** The whole part of the logarithm to {@link BUCKET_RATIO} of their latency in milliseconds; null if it is not known. */
  readonly bucket: number | null;
  readonly requests: number;
  readonly errors: number;
  /** Those of them that a rate limit refused. */
  readonly limited: number;
}

/** What requests are like. */
export interface LoadFigures {
  readonly latency_p95_ms: number | null;
  readonly error_ratio: number;
  readonly rate_limited_ratio: number;
}

/** A model that would have hours of which nothing is known. */
export interface UnknownLoad {
  readonly provider: string;
  readonly model: string;
  /** The share of its requests that would be in them. */
  readonly requests_ratio: number;
  /** Requests of its busiest hour. */
  readonly busiest_hour: { readonly present: number; readonly supposed: number };
}

/** The answer. */
export interface LoadEffects {
  /** Share of the requests that would come under a load that the history has for their model. */
  readonly known_ratio: number;
  /** What these requests are like now and would be like; null where there are none. */
  readonly present: LoadFigures | null;
  readonly supposed: LoadFigures | null;
  /** Those with the most such requests first. */
  readonly unknown: readonly UnknownLoad[];
}

/**
 * Answers.
 *
 * @param steps all hours of the models that are looked at.
 * @param outcomes of the same hours.
 * @param requests of all models; what is more than the steps have is not known.
 */
export function loadEffects(
  steps: readonly LoadStep[],
  outcomes: readonly LoadOutcome[],
  requests: number,
  factor: number,
): LoadEffects {
  const seen = new Map<string, { hours: number; requests: number }>();
  for (const step of steps) {
    const cell = seen.get(cellOf(step, step.band)) ?? { hours: 0, requests: 0 };
    cell.hours += step.hours;
    cell.requests += step.requests;
    seen.set(cellOf(step, step.band), cell);
  }
  const isKnown = (step: LoadStep): boolean => {
    const cell = seen.get(cellOf(step, step.scaled_band));
    return cell !== undefined && cell.hours >= HOURS_MIN && cell.requests >= REQUESTS_MIN;
  };
  const known = steps.filter(isKnown);
  const figures = (bandOf: (step: LoadStep) => number): LoadFigures | null =>
    figuresOf(outcomes, weightsOf(known, bandOf, seen));
  return {
    known_ratio: requests === 0 ? 0 : sumOf(known) / requests,
    present: figures(({ band }) => band),
    supposed: figures(({ scaled_band: band }) => band),
    unknown: unknownOf(steps, isKnown, factor),
  };
}

/** How much each request of a cell counts, so that the cells together are the mix that is wanted. */
function weightsOf(
  known: readonly LoadStep[],
  bandOf: (step: LoadStep) => number,
  seen: ReadonlyMap<string, { readonly requests: number }>,
): Map<string, number> {
  const weights = new Map<string, number>();
  for (const step of known) {
    const cell = cellOf(step, bandOf(step));
    const share = step.requests / (seen.get(cell)?.requests ?? step.requests);
    weights.set(cell, (weights.get(cell) ?? 0) + share);
  }
  return weights;
}

function figuresOf(
  outcomes: readonly LoadOutcome[],
  weights: ReadonlyMap<string, number>,
): LoadFigures | null {
  let [all, errors, limited] = [0, 0, 0];
  const buckets = new Map<number, number>();
  for (const outcome of outcomes) {
    const weight = weights.get(cellOf(outcome, outcome.band)) ?? 0;
    all += weight * outcome.requests;
    errors += weight * outcome.errors;
    limited += weight * outcome.limited;
    if (outcome.bucket !== null && weight > 0)
      buckets.set(outcome.bucket, (buckets.get(outcome.bucket) ?? 0) + weight * outcome.requests);
  }
  if (all === 0) return null;
  return {
    latency_p95_ms: quantileOf(buckets, 0.95),
    error_ratio: errors / all,
    rate_limited_ratio: limited / all,
  };
}

/** The middle, in logarithms, of the bucket in which the quantile is; null for no buckets. */
function quantileOf(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  let below = 0;
  for (const [bucket, weight] of sorted) {
    below += weight;
    if (below >= share * all) return BUCKET_RATIO ** (bucket + 0.5);
  }
  return null;
}

function unknownOf(
  steps: readonly LoadStep[],
  isKnown: (step: LoadStep) => boolean,
  factor: number,
): UnknownLoad[] {
  const byModel = Map.groupBy(steps, (step) => cellOf(step, 0));
  return [...byModel.values()]
    .map((own) => ({ own, requests: sumOf(own.filter((step) => !isKnown(step))) }))
    .filter(({ requests }) => requests > 0)
    .toSorted((a, b) => b.requests - a.requests)
    .map(({ own, requests }) => {
      const busiest = own.reduce((most, step) => Math.max(most, step.busiest), 0);
      return {
        provider: own[0]?.provider ?? '',
        model: own[0]?.model ?? '',
        requests_ratio: requests / sumOf(own),
        busiest_hour: { present: busiest, supposed: Math.round(busiest * factor) },
      };
    });
}

function sumOf(steps: readonly LoadStep[]): number {
  return steps.reduce((sum, { requests }) => sum + requests, 0);
}

function cellOf({ provider, model }: { provider: string; model: string }, band: number): string {
  return JSON.stringify([provider, model, band]);
}
