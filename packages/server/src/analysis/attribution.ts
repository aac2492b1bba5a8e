/**
 * Which values of dimensions explain a difference. For what adds up (requests, tokens,
 * cost) the parts of a dimension add up to the difference exactly. A ratio changes as
 * the ratios of its parts change and as their mix does; the parts add up too.
 *
 * The parts say how much, but every dimension has a large part. The cause is where the
 * difference is most unlike the rest: the value whose own change, held against all other
 * requests, is the least probable by chance. That is the scan statistic of Kulldorff,
 * "A spatial scan statistic", Communications in Statistics 26 (1997); comparing dimensions
 * by explanation and surprise is in Bhagwan et al., "Adtributor", NSDI 2014. The split of
 * ratios is Marshall and Edgeworth's, with weights halfway between both times.
 */

/** What one value of a dimension had, before and now. Of a count the second figure is absent. */
export interface Cell {
  readonly value: string;
  /** The amount, or the numerator of a ratio, in a comparable time before. */
  readonly before: number;
  readonly now: number;
  /** The denominator of a ratio. */
  readonly baseBefore?: number;
  readonly baseNow?: number;
}

/** The part of one value. */
export interface Contribution {
  readonly dimension: string;
  readonly value: string;
  /** In the unit of the measure; those of a dimension add up to the difference. */
  readonly change: number;
  /** Of the difference; above 1 where others went the other way. */
  readonly share: number;
  /** Of a ratio: how much of the change is from the mix of requests, not from the value's own ratio. */
  readonly mix?: number;
  /** How unlike the others it is: the logarithm of a likelihood ratio, 0 for no different. */
  readonly strength: number;
}

/** The answer. */
export interface Attribution {
  /** What the parts are of: the measure, or the mean that stands for a quantile. */
  readonly measure: string;
  readonly difference: number;
  /** The likeliest causes, the first first. */
  readonly causes: readonly Contribution[];
}

/** Causes of an answer. */
const CAUSES_MAX = 8;
/** A value explains something if it has at least this share of the difference. */
const SHARE_MIN = 0.05;

/**
 * Attributes a difference to values of dimensions.
 *
 * @param dimensions the cells of each dimension; those of one dimension hold all requests.
 * @param isRatio whether the measure is numerator over denominator.
 * @param rising whether a rise is to be explained or a fall; what the difference says if absent.
 */
export function attribute(
  measure: string,
  dimensions: ReadonlyMap<string, readonly Cell[]>,
  isRatio: boolean,
  rising?: boolean,
): Attribution {
  const sign = rising === undefined ? 0 : rising ? 1 : -1;
  const all: Contribution[] = [];
  let difference = 0;
  for (const [dimension, cells] of dimensions) {
    if (cells.length === 0) continue;
    const parts = isRatio ? ratioParts(dimension, cells, sign) : countParts(dimension, cells, sign);
    difference = parts.reduce((sum, { change }) => sum + change, 0);
    all.push(...parts);
  }
  const causes = all
    .filter(({ share, strength }) => Math.abs(share) >= SHARE_MIN && strength > 0)
    .toSorted((a, b) => b.strength - a.strength || b.share - a.share)
    .slice(0, CAUSES_MAX);
  return { measure, difference, causes };
}

function countParts(dimension: string, cells: readonly Cell[], sign: number): Contribution[] {
  const before = sum(cells, (cell) => cell.before);
  const now = sum(cells, (cell) => cell.now);
  const difference = now - before;
  // Amounts count in units of what a typical cell varies by, so that tokens are no better evidence than requests.
  return cells.map((cell) => {
    const change = cell.now - cell.before;
    return {
      dimension,
      value: cell.value,
      change,
      share: difference === 0 ? 0 : change / difference,
      strength:
        Math.sign(change) === (sign || Math.sign(difference)) ? scan(cell.now, cell.before, now, before) : 0,
    };
  });
}

function ratioParts(dimension: string, cells: readonly Cell[], sign: number): Contribution[] {
  const baseBefore = sum(cells, (cell) => cell.baseBefore ?? 0);
  const baseNow = sum(cells, (cell) => cell.baseNow ?? 0);
  const totalBefore = ratio(
    sum(cells, (cell) => cell.before),
    baseBefore,
  );
  const totalNow = ratio(
    sum(cells, (cell) => cell.now),
    baseNow,
  );
  const difference = totalNow - totalBefore;
  const middle = (totalBefore + totalNow) / 2;
  const now = sum(cells, (cell) => cell.now);
  const expectedNow = cells.map((cell) => expectedOf(cell, totalBefore));
  const expected = expectedNow.reduce((total, value) => total + value, 0);
  return cells.map((cell, index) => {
    const weightBefore = ratio(cell.baseBefore ?? 0, baseBefore);
    const weightNow = ratio(cell.baseNow ?? 0, baseNow);
    // Where a value was absent at one time its ratio is taken as unchanged: all of its part is mix.
    const own =
      (cell.baseNow ?? 0) > 0 ? ratio(cell.now, cell.baseNow ?? 0) : ratio(cell.before, cell.baseBefore ?? 0);
    const ownBefore = (cell.baseBefore ?? 0) > 0 ? ratio(cell.before, cell.baseBefore ?? 0) : own;
    const within = ((weightBefore + weightNow) / 2) * (own - ownBefore);
    const mix = (weightNow - weightBefore) * ((own + ownBefore) / 2 - middle);
    const change = within + mix;
    return {
      dimension,
      value: cell.value,
      change,
      mix,
      share: difference === 0 ? 0 : change / difference,
      strength:
        Math.sign(change) === (sign || Math.sign(difference))
          ? scan(cell.now, expectedNow[index] ?? 0, now, expected)
          : 0,
    };
  });
}

/** Failures (or what the numerator counts) that the overall ratio is worth when a value's own is estimated. */
const PRIOR_AMOUNT = 4;

/** What the numerator would be now at the ratio of before; few requests before say little of their value. */
function expectedOf(cell: Cell, overall: number): number {
  if (overall <= 0) return 0;
  return (
    (cell.baseNow ?? 0) * ((cell.before + PRIOR_AMOUNT) / ((cell.baseBefore ?? 0) + PRIOR_AMOUNT / overall))
  );
}

/**
 * The logarithm of the likelihood ratio of «this part changed, the rest did not follow»
 * against «all changed alike», for amounts `now` where `before` were expected.
 */
function scan(now: number, before: number, allNow: number, allBefore: number): number {
  if (allNow <= 0 || allBefore <= 0) return 0;
  // Half of one: what was never there before may come once without being a sensation.
  const softened = Math.max(before, (0.5 * allBefore) / Math.max(allNow, 1));
  const expected = Math.min((allNow * softened) / allBefore, allNow);
  const inside = now > 0 ? now * Math.log(now / expected) : 0;
  const rest = allNow - now;
  const outside = rest > 0 ? rest * Math.log(rest / Math.max(allNow - expected, 1e-9 * allNow)) : 0;
  return Math.max(0, inside + outside);
}

function sum(cells: readonly Cell[], of: (cell: Cell) => number): number {
  return cells.reduce((total, cell) => total + of(cell), 0);
}

function ratio(over: number, under: number): number {
  return under === 0 ? 0 : over / under;
}
