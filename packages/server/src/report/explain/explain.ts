/**
 * Why one period cost more or less than another: how much of the difference is
 * volume, mix, efficiency, blend and price, by any dimension, adding up exactly.
 */

import { divideHalfEven, formatRfc3339, formatUsd, type Instant } from '@bellwether/events';
import type { LedgerConnection } from '../../ledger/connection.ts';
import type { TimeRange } from '../../ledger/time-range.ts';
import type { Dimension } from '../dimensions.ts';
import { effectsOf, type ItemFigures } from './effects.ts';
import { type Item, ITEMS_MAX, type Period, readPeriod, type Waste } from './period.ts';

/** What caused a difference, in exact dollars. The parts add up to the difference. */
export interface EffectFigures {
  /** More or fewer requests in all. */
  readonly volume_usd: string;
  /** Another share of the requests for this model. */
  readonly mix_usd: string;
  /** Other numbers of tokens in a request. */
  readonly efficiency_usd: string;
  /** Other costs per token although the prices are the same: other shares of output, cached or long-context tokens. */
  readonly blend_usd: string;
  /** Other costs per token under other prices, or as the senders themselves say. */
  readonly price_usd: string;
}

/** A group of requests and what made its cost differ. */
export interface ExplainedRow extends EffectFigures {
  readonly key: Readonly<Record<string, string>>;
  readonly before_usd: string;
  readonly after_usd: string;
  readonly difference_usd: string;
}

/** A kind of waste in a period. */
export interface WasteReport {
  readonly requests: number;
  readonly cost_usd: string;
}

/** The figures of a period. */
export interface PeriodReport {
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  /** Requests that the explanation leaves out, since nobody knows what they cost. */
  readonly unpriced_requests: number;
  /**
   * Requests whose events are past their retention: their cost is in the comparison, under the empty text
   * of dimensions that charges do not have, but not in the waste. Absent if there are none.
   */
  readonly coarse_requests?: number;
  readonly cost_usd: string;
  /** What an answer cost that was one; null without any. */
  readonly cost_per_success_usd: string | null;
  readonly waste: Readonly<Record<keyof Waste, WasteReport>>;
}

/** Why two periods cost different amounts. */
export interface Explanation {
  readonly by: readonly string[];
  readonly before: PeriodReport;
  readonly after: PeriodReport;
  readonly difference_usd: string;
  readonly effects: EffectFigures;
  /** The greatest differences first. */
  readonly rows: readonly ExplainedRow[];
  /** True if a period has more models within groups than are compared. */
  readonly truncated: boolean;
}

/** A range with both bounds. */
export interface ClosedRange extends TimeRange {
  readonly from: Instant;
  readonly to: Instant;
}

type Sums = Record<'before' | 'after' | 'volume' | 'mix' | 'efficiency' | 'blend' | 'price', bigint>;

const noSums = (): Sums => ({
  before: 0n,
  after: 0n,
  volume: 0n,
  mix: 0n,
  efficiency: 0n,
  blend: 0n,
  price: 0n,
});

const nothing: ItemFigures = { requests: 0n, tokens: 0n, costPicoUsd: 0n };

/** Compares two periods. Without a dimension the rows are the models. */
export async function explainCosts(
  connection: LedgerConnection,
  ranges: { readonly before: ClosedRange; readonly after: ClosedRange },
  by: readonly Dimension[],
): Promise<Explanation> {
  const before = await readPeriod(connection, ranges.before, by);
  const after = await readPeriod(connection, ranges.after, by);
  const total = noSums();
  const groups = new Map<string, { readonly key: readonly string[]; readonly sums: Sums }>();
  const totals = [requestsOf(before), requestsOf(after)] as const;
  for (const [earlier, later] of pairs(before.items, after.items)) {
    const { key } = (later ?? earlier) as Item;
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, sums: noSums() };
    groups.set(name, group);
    for (const sums of [group.sums, total]) addItem(sums, earlier, later, totals);
  }
  const rows = [...groups.values()].map(({ key, sums }) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, key[i] ?? ''])),
    before_usd: formatUsd(sums.before),
    after_usd: formatUsd(sums.after),
    difference_usd: formatUsd(sums.after - sums.before),
    ...effectFigures(sums),
    size: magnitude(sums.after - sums.before),
  }));
  return {
    by: by.map(({ name }) => name),
    before: periodReport(before, ranges.before),
    after: periodReport(after, ranges.after),
    difference_usd: formatUsd(total.after - total.before),
    effects: effectFigures(total),
    rows: rows
      .toSorted((a, b) => (a.size < b.size ? 1 : a.size > b.size ? -1 : 0))
      .map(({ size: _size, ...row }) => row),
    truncated: [before, after].some(({ items }) => items.length === ITEMS_MAX),
  };
}

function addItem(
  sums: Sums,
  earlier: Item | undefined,
  later: Item | undefined,
  totals: readonly [bigint, bigint],
): void {
  const effects = effectsOf(earlier ?? nothing, later ?? nothing, totals);
  sums.before += earlier?.costPicoUsd ?? 0n;
  sums.after += later?.costPicoUsd ?? 0n;
  sums.volume += effects.volume;
  sums.mix += effects.mix;
  sums.efficiency += effects.efficiency;
  if (isSamePrice(earlier, later)) sums.blend += effects.rate;
  else sums.price += effects.rate;
}

/** Whether both sides were charged by the same prices. What senders say that a request cost has no price that is known. */
function isSamePrice(earlier: Item | undefined, later: Item | undefined): boolean {
  if (JSON.stringify(earlier?.lists) !== JSON.stringify(later?.lists)) return false;
  return earlier?.lists.every((list) => !list.startsWith('caller ')) ?? false;
}

function requestsOf({ items }: Period): bigint {
  return items.reduce((sum, { requests }) => sum + requests, 0n);
}

/** The items of both periods, each with its like. */
function* pairs(
  before: readonly Item[],
  after: readonly Item[],
): Generator<[Item | undefined, Item | undefined]> {
  const nameOf = ({ key, provider, model }: Item): string => JSON.stringify([key, provider, model]);
  const earlier = new Map(before.map((item) => [nameOf(item), item]));
  for (const item of after) {
    const name = nameOf(item);
    yield [earlier.get(name), item];
    earlier.delete(name);
  }
  for (const item of earlier.values()) yield [item, undefined];
}

function effectFigures({ volume, mix, efficiency, blend, price }: Sums): EffectFigures {
  return {
    volume_usd: formatUsd(volume),
    mix_usd: formatUsd(mix),
    efficiency_usd: formatUsd(efficiency),
    blend_usd: formatUsd(blend),
    price_usd: formatUsd(price),
  };
}

function periodReport(period: Period, range: ClosedRange): PeriodReport {
  const { requests, successes, unpriced, coarse, costPicoUsd, waste } = period;
  const report = ({ requests: count, costPicoUsd: cost }: Waste['errors']): WasteReport => ({
    requests: count,
    cost_usd: formatUsd(cost),
  });
  return {
    from: formatRfc3339(range.from),
    to: formatRfc3339(range.to),
    requests,
    unpriced_requests: unpriced,
    ...(coarse > 0 ? { coarse_requests: coarse } : {}),
    cost_usd: formatUsd(costPicoUsd),
    cost_per_success_usd: successes === 0 ? null : formatUsd(divideHalfEven(costPicoUsd, BigInt(successes))),
    waste: {
      errors: report(waste.errors),
      cancelled: report(waste.cancelled),
      retries: report(waste.retries),
      cache_misses: report(waste.cache_misses),
    },
  };
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
