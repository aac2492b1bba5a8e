/**
 * The pricer: what one request costs. The caller's own figure comes first, then
 * the user's rate cards, then the bundled list. A kind of request (provider, model,
 * tier, region) is resolved once into a timeline of rates and kept, so that pricing
 * a request is a look-up and a few multiplications.
 */

import { formatUsd } from '@bellwether/events';
import { bundledCard } from './bundled-card.ts';
import { cardTimeline, listEntries } from './card-list.ts';
import type { RateCard } from './card-schema.ts';
import type { Charge, ChargeBreakdown, PricedUsage } from './charge.ts';
import { UNPRICED } from './charge.ts';
import { commitmentTimeline } from './commitments.ts';
import type { UsageDetail } from './meters.ts';
import { emptyQuantities, meterIndex, meters, separateTokens } from './meters.ts';
import { discounted, listDiscounts } from './price-discounts.ts';
import type { PriceKind } from './price-kind.ts';
import { kindOf } from './price-kind.ts';
import type { Rate } from './rate.ts';
import { bandFor, chargesFor, chargesOf, costOfQuantities, notCharged } from './rate.ts';
import { snapshotTimeline } from './snapshot.ts';
import type { Timeline } from './timeline.ts';
import { overlay, valueAt } from './timeline.ts';

/** Kinds of requests that are kept resolved; when there are more, all are forgotten and resolved anew. */
export const RESOLVED_KINDS_MAX = 10_000;

/** What a pricer is made of. */
export interface PricerOptions {
  /** The user's rate cards; the first that has a price for a request gives it. */
  readonly cards?: readonly RateCard[];
}

/** Prices requests. */
export interface Pricer {
  /** What a request costs. Never throws; an unknown price is a charge whose cost is `null`. */
  price(usage: PricedUsage, detail?: UsageDetail): Charge;
  /** The same charge with the meters that it is the exact sum of. */
  explain(usage: PricedUsage, detail?: UsageDetail): ChargeBreakdown;
}

/** Prices of one kind of request; `null` where no list knows it. */
type Resolved = Timeline<Rate | null> | null;

/** Resolves a kind of request, once per kind. */
type Resolver = (usage: PricedUsage) => Resolved;

/** Makes a pricer over the user's cards and the bundled list. */
export function createPricer(options: PricerOptions = {}): Pricer {
  const resolve = keepResolved(resolverOver(options.cards ?? []));
  const quantities = emptyQuantities();

  function rateFor(usage: PricedUsage): Rate | null {
    const timeline = resolve(usage);
    return timeline && valueAt(timeline, usage.timestamp.epochSeconds);
  }

  /** Fills `quantities`; false if the usage is unknown or contradicts itself. */
  function measure(usage: PricedUsage, rate: Rate, detail: UsageDetail | null): boolean {
    if (!separateTokens(usage, quantities, detail)) return false;
    const succeeded = usage.status === 'success';
    if (rate.pricesRequests && (succeeded || isCounted(usage))) quantities[meterIndex.requests] = 1;
    if (rate.pricesSeconds) quantities[meterIndex.request_seconds] = (usage.latency_ms ?? 0) / 1000;
    // A request that failed without any usage used nothing; of one that succeeded nobody knows what it used.
    return !succeeded || isMeasured(usage, rate, detail);
  }

  return {
    price(usage, detail) {
      if (usage.cost_usd !== null) return callerCharge(usage.cost_usd);
      const rate = rateFor(usage);
      if (rate === null || !measure(usage, rate, detail ?? null)) return UNPRICED;
      const band = bandFor(rate, usage.input_tokens ?? 0, usage.output_tokens ?? 0);
      const cost = costOfQuantities(band, quantities);
      if (cost === null) return UNPRICED;
      return { costPicoUsd: cost, priceSource: rate.source, priceVersion: rate.version, priceId: rate.id };
    },

    explain(usage, detail) {
      if (usage.cost_usd !== null) return explainedCallerCharge(usage.cost_usd);
      const rate = rateFor(usage);
      if (rate === null || !measure(usage, rate, detail ?? null)) return UNPRICED;
      const band = bandFor(rate, usage.input_tokens ?? 0, usage.output_tokens ?? 0);
      const charges = chargesOf(band, quantities);
      if (charges === null) return UNPRICED;
      return {
        costPicoUsd: charges.reduce((total, charge) => total + charge.costPicoUsd, 0n),
        priceSource: rate.source,
        priceVersion: rate.version,
        priceId: rate.id,
        meters: charges,
        notCharged: notCharged(band, quantities),
      };
    },
  };
}

function isCounted(usage: PricedUsage): boolean {
  return usage.input_tokens !== null || usage.output_tokens !== null;
}

/** Whether the usage says how much was used of what the rate charges for. */
function isMeasured(usage: PricedUsage, rate: Rate, detail: UsageDetail | null): boolean {
  if (rate.pricesSeconds && usage.latency_ms === null) return false;
  if (isCounted(usage) && (rate.pricesTokens || rate.pricesSeconds || rate.pricesRequests)) return true;
  if (detail !== null && meters.some((meter) => detail[meter] !== undefined && chargesFor(rate, meter))) {
    return true;
  }
  return !rate.pricesTokens && (rate.pricesSeconds || rate.pricesRequests);
}

/** What the cards and the bundled list say of a kind of request. */
function resolverOver(cards: readonly RateCard[]): (kind: PriceKind) => Resolved {
  const userEntries = listEntries(cards);
  const bundledEntries = listEntries([bundledCard]);
  const discounts = listDiscounts(cards);
  return (kind) => {
    const lists = [
      commitmentTimeline(cards, kind),
      cardTimeline(userEntries, kind, 'card'),
      cardTimeline(bundledEntries, kind, 'snapshot'),
      snapshotTimeline(kind),
    ];
    const found = lists.filter((list) => list !== null);
    const [first, ...rest] = found;
    if (first === undefined) return null;
    return discounted(rest.reduce(overlay, first), discounts, kind);
  };
}

type ByTier = Map<string, Resolved>;

/** Keeps what was resolved, up to {@link RESOLVED_KINDS_MAX} kinds. */
function keepResolved(resolve: (kind: PriceKind) => Resolved): Resolver {
  // Nested maps, since a key joined of five texts costs 300 ns to build and could be ambiguous.
  const byProvider = new Map<string, Map<string, Map<string, Map<string, ByTier>>>>();
  let kinds = 0;

  return (usage) => {
    const { provider, model, response_model: answered, region, service_tier: tier } = usage;
    const known = byProvider.get(provider)?.get(model)?.get(answered)?.get(region)?.get(tier);
    if (known !== undefined) return known;
    if (kinds >= RESOLVED_KINDS_MAX) {
      byProvider.clear();
      kinds = 0;
    }
    const resolved = resolve(kindOf(usage));
    const byModel = entryOf(byProvider, provider);
    entryOf(entryOf(entryOf(byModel, model), answered), region).set(tier, resolved);
    kinds += 1;
    return resolved;
  };
}

function callerCharge(costPicoUsd: bigint): Charge {
  return { costPicoUsd, priceSource: 'caller', priceVersion: '', priceId: '' };
}

function explainedCallerCharge(costPicoUsd: bigint): ChargeBreakdown {
  const meter = {
    meter: 'request_cost',
    quantity: 1,
    unitPriceUsd: formatUsd(costPicoUsd),
    costPicoUsd,
  } as const;
  return { ...callerCharge(costPicoUsd), meters: [meter], notCharged: [] };
}

function entryOf<K, V extends Map<unknown, unknown>>(map: Map<K, V>, key: K): V {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = new Map() as V;
    map.set(key, entry);
  }
  return entry;
}
