/**
 * Splits the difference between two costs into what caused it, exactly.
 *
 * A cost is a product: requests of all items (volume), times the item's share of
 * them (mix), times its tokens per request (efficiency), times its cost per token
 * (rate). Which factor caused how much of a difference of products depends on the
 * order in which they are changed; the mean over all orders does not, and adds up.
 * That mean is the Shapley value (Shapley 1953; for decompositions of this kind
 * Sun 1998, "Accounting for changes in energy consumption and energy intensity: a
 * complete decomposition model", Energy Economics 20).
 */

import { divideHalfEven } from '@bellwether/events';

/** What an item used and cost in one period. */
export interface ItemFigures {
  /** Requests with a known price. */
  readonly requests: bigint;
  /** Input and output tokens of those. */
  readonly tokens: bigint;
  readonly costPicoUsd: bigint;
}

/** What each factor caused, in pico-dollars. They add up to the difference of the item's cost. */
export interface Effects {
  readonly volume: bigint;
  readonly mix: bigint;
  readonly efficiency: bigint;
  /** Cost per token: of another price list, or of another blend of cheap and dear tokens. */
  readonly rate: bigint;
}

/** A fraction; the denominator is positive. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** The factors of an item in one period, in the order of {@link Effects}. */
type Factors = readonly [Fraction, Fraction, Fraction, Fraction];

const COUNT = 4;
/** The Shapley weights for a factor that joins `joined` others, times 12: |S|! (3 - |S|)! / 4!. */
const WEIGHTS_TIMES_12 = [3n, 1n, 1n, 3n] as const;

/**
 * The effects of each factor on an item.
 *
 * An item that is new, or gone, has no tokens per request or cost per token on one side: those of the other
 * side stand in, so that all of it is volume and mix. An item without tokens on one side has a cost per request only,
 * and all of its change of that is rate.
 *
 * @param total requests of all items in the first period and in the second.
 */
export function effectsOf(
  before: ItemFigures,
  after: ItemFigures,
  total: readonly [before: bigint, after: bigint],
): Effects {
  const [a, b] = factorsOf(before, after, total);
  const difference = after.costPicoUsd - before.costPicoUsd;
  const exact = a.map((_factor, index) => shapley(a, b, index));
  const [volume = 0n, mix = 0n, efficiency = 0n] = exact.map(({ over, under }) =>
    roundedQuotient(over, under),
  );
  // What rounding leaves, at most two pico-dollars, goes to the last, so that the sum is exact.
  return { volume, mix, efficiency, rate: difference - volume - mix - efficiency };
}

function factorsOf(
  before: ItemFigures,
  after: ItemFigures,
  [totalBefore, totalAfter]: readonly [bigint, bigint],
): readonly [Factors, Factors] {
  const hasTokens = [before, after].every(({ requests, tokens }) => requests === 0n || tokens > 0n);
  const perRequest = ({ requests, tokens }: ItemFigures): Fraction =>
    hasTokens ? fraction(tokens, requests) : { over: 1n, under: 1n };
  const perToken = ({ requests, tokens, costPicoUsd }: ItemFigures): Fraction =>
    fraction(costPicoUsd, hasTokens ? tokens : requests);
  const sides = [before, after] as const;
  const make = (own: ItemFigures, total: bigint): Factors => {
    const other = own === before ? after : before;
    const known = own.requests === 0n ? other : own;
    return [{ over: total, under: 1n }, fraction(own.requests, total), perRequest(known), perToken(known)];
  };
  return [make(sides[0], totalBefore), make(sides[1], totalAfter)];
}

/** A quotient; that of nothing is nothing. */
function fraction(over: bigint, under: bigint): Fraction {
  return under === 0n ? { over: 0n, under: 1n } : { over, under };
}

/** The mean over all orders of what a factor changes when it joins those that changed before it. */
function shapley(a: Factors, b: Factors, factor: number): Fraction {
  let sum: Fraction = { over: 0n, under: 1n };
  for (let others = 0; others < 1 << COUNT; others++) {
    if (others & (1 << factor)) continue;
    const joined = countBits(others);
    const gain = minus(product(a, b, others | (1 << factor)), product(a, b, others));
    sum = plus(sum, { over: gain.over * (WEIGHTS_TIMES_12[joined] ?? 0n), under: gain.under * 12n });
  }
  return sum;
}

/** The product of the factors, those of `changed` from the second period. */
function product(a: Factors, b: Factors, changed: number): Fraction {
  let [over, under] = [1n, 1n];
  for (let factor = 0; factor < COUNT; factor++) {
    const side = changed & (1 << factor) ? b : a;
    const { over: o, under: u } = side[factor] ?? { over: 0n, under: 1n };
    over *= o;
    under *= u;
  }
  return { over, under };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return a.under === b.under
    ? { over: a.over + b.over, under: a.under }
    : { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { over: -b.over, under: b.under });
}

function countBits(set: number): number {
  let bits = 0;
  for (let rest = set; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}

function roundedQuotient(over: bigint, under: bigint): bigint {
  return divideHalfEven(over, under);
}
