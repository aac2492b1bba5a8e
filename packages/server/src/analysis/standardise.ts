/**
 * Holds two times against each other with the mix of requests held equal: each kind of
 * request (a stratum, such as a task done by a model) is compared with itself, and the
 * kinds are weighed alike on both sides. A service that only got other requests is then
 * neither better nor worse.
 *
 * Sources: direct standardisation as in Keiding and Clayton, "Standardization and control
 * for confounding in observational studies", Statistical Science 29 (2014); the bootstrap
 * over blocks of time, since neighbouring hours are alike, as in Künsch, Annals of
 * Statistics 17 (1989).
 */

import { RandomStream } from '../replay/random.ts';

/** A stratum in a block of time: a mean, and how many requests it is of. */
export interface BlockValue {
  readonly stratum: string;
  /** The number of the block, from 0. */
  readonly block: number;
  readonly value: number;
  readonly requests: number;
}

/** The comparison. */
export interface Comparison {
  /** Standardised means. */
  readonly before: number;
  readonly after: number;
  /** As they are, without standardisation. */
  readonly rawBefore: number;
  readonly rawAfter: number;
  /** after / before - 1; null where before is 0. */
  readonly change: number | null;
  /** Interval of `after - before` that the difference lies in with this confidence. */
  readonly low: number;
  readonly high: number;
  /** How sure it is that there is a difference: 1 - p, two-sided. */
  readonly confidence: number;
  /** Share of the requests whose strata are on both sides, and so are compared. */
  readonly covered: number;
}

const RESAMPLES = 400;
/** Blocks with requests that each side needs. */
export const BLOCKS_MIN = 6;
/** Standard errors of a 99 % interval. */
const INTERVAL_ERRORS = 2.576;

/** Compares; null where one side has too little. Deterministic. */
export function compare(before: readonly BlockValue[], after: readonly BlockValue[]): Comparison | null {
  const sides = [gather(before), gather(after)] as const;
  if (sides.some(({ blocks }) => blocks.length < BLOCKS_MIN)) return null;
  const shared = [...sides[0].requests.keys()].filter((stratum) => sides[1].requests.has(stratum));
  if (shared.length === 0) return null;
  const weights = new Map(
    shared.map((stratum) => [stratum, (shareOf(sides[0], stratum) + shareOf(sides[1], stratum)) / 2]),
  );
  const own = (side: Side): readonly number[] => side.blocks.map((_block, index) => index);
  const [meanBefore, meanAfter] = sides.map((side) => standardised(side, own(side), weights)) as [
    number,
    number,
  ];
  const differences = resampled(sides, weights);
  const error = deviation(differences);
  const difference = meanAfter - meanBefore;
  const covered = sides.map((side) => shared.reduce((sum, stratum) => sum + shareOf(side, stratum), 0));
  return {
    before: meanBefore,
    after: meanAfter,
    rawBefore: overall(sides[0]),
    rawAfter: overall(sides[1]),
    change: meanBefore === 0 ? null : difference / Math.abs(meanBefore),
    low: difference - INTERVAL_ERRORS * error,
    high: difference + INTERVAL_ERRORS * error,
    confidence: error > 0 ? 1 - twoSided(difference / error) : difference === 0 ? 0 : 1,
    covered: Math.min(...covered),
  };
}

interface Side {
  /** By block, the sums of each stratum: value times requests, and requests. */
  readonly blocks: readonly ReadonlyMap<string, readonly [sum: number, requests: number]>[];
  readonly requests: ReadonlyMap<string, number>;
  readonly total: number;
}

function gather(values: readonly BlockValue[]): Side {
  const blocks = new Map<number, Map<string, readonly [number, number]>>();
  const requests = new Map<string, number>();
  let total = 0;
  for (const one of values) {
    if (!Number.isFinite(one.value) || !(one.requests > 0)) continue;
    const block = blocks.get(one.block) ?? new Map<string, readonly [number, number]>();
    const [sum, count] = block.get(one.stratum) ?? [0, 0];
    block.set(one.stratum, [sum + one.value * one.requests, count + one.requests]);
    blocks.set(one.block, block);
    requests.set(one.stratum, (requests.get(one.stratum) ?? 0) + one.requests);
    total += one.requests;
  }
  return { blocks: [...blocks.values()], requests, total };
}

function shareOf({ requests, total }: Side, stratum: string): number {
  return (requests.get(stratum) ?? 0) / total;
}

function overall({ blocks }: Side): number {
  let [sum, count] = [0, 0];
  for (const block of blocks) {
    for (const [part, requests] of block.values()) {
      sum += part;
      count += requests;
    }
  }
  return sum / count;
}

/** The mean over some blocks with the strata weighed alike; strata that these blocks lack are left out. */
function standardised(side: Side, chosen: readonly number[], weights: ReadonlyMap<string, number>): number {
  const sums = new Map<string, [number, number]>();
  for (const index of chosen) {
    for (const [stratum, [part, requests]] of side.blocks[index] ?? []) {
      if (!weights.has(stratum)) continue;
      const sum = sums.get(stratum) ?? [0, 0];
      sums.set(stratum, [sum[0] + part, sum[1] + requests]);
    }
  }
  let [mean, weight] = [0, 0];
  for (const [stratum, [part, requests]] of sums) {
    const own = weights.get(stratum) ?? 0;
    mean += (own * part) / requests;
    weight += own;
  }
  return weight === 0 ? Number.NaN : mean / weight;
}

function resampled(sides: readonly [Side, Side], weights: ReadonlyMap<string, number>): number[] {
  const random = new RandomStream(1);
  const draw = ({ blocks }: Side): number[] =>
    blocks.map(() => Math.min(blocks.length - 1, Math.floor(random.uniform() * blocks.length)));
  const differences: number[] = [];
  for (let n = 0; n < RESAMPLES; n += 1) {
    const [before, after] = sides.map((side) => standardised(side, draw(side), weights)) as [number, number];
    if (Number.isFinite(after - before)) differences.push(after - before);
  }
  return differences;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
  );
}

/** The probability that a normal variable is at least so far from 0 (Abramowitz and Stegun, 26.2.17, within 1e-7). */
function twoSided(z: number): number {
  const x = Math.abs(z);
  const t = 1 / (1 + 0.2316419 * x);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.min(1, 2 * (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * series);
}
