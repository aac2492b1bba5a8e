/**
 * The pricer: what one request costs. The caller's own figure comes first, then
 * the price lists. A kind of request (provider, model, tier, region) is resolved
 * once into a timeline of rates and kept, so that pricing a request is a look-up
 * and a few multiplications.
 */

import { formatUsd } from '@bellwether/events';
import type { Charge, ChargeBreakdown, PricedUsage } from './charge.ts';
import { UNPRICED } from './charge.ts';
import { emptyQuantities, meterIndex, separateTokens } from './meters.ts';
import type { Rate } from './rate.ts';
import { bandFor, chargesOf, costOfQuantities } from './rate.ts';
import { snapshotTimeline } from './snapshot.ts';
import type { Timeline } from './timeline.ts';
import { valueAt } from './timeline.ts';

/** Kinds of requests that are kept resolved; when there are more, all are forgotten and resolved anew. */
export const RESOLVED_KINDS_MAX = 10_000;

/** Prices requests. */
export interface Pricer {
  /** What a request costs. Never throws; an unknown price is a charge whose cost is `null`. */
  price(usage: PricedUsage): Charge;
  /** The same charge with the meters that it is the exact sum of. */
  explain(usage: PricedUsage): ChargeBreakdown;
}

/** Prices of one kind of request; `null` where no list knows it. */
type Resolved = Timeline<Rate> | null;

type ByTier = Map<string, Resolved>;

/** Makes a pricer over the bundled snapshot. */
export function createPricer(): Pricer {
  const resolvedByProvider = new Map<string, Map<string, Map<string, Map<string, ByTier>>>>();
  let resolvedKinds = 0;
  const quantities = emptyQuantities();

  function resolved(usage: PricedUsage): Resolved {
    // Nested maps, since a key joined of five texts costs 300 ns to build and could be ambiguous.
    const byTier = resolvedByProvider
      .get(usage.provider)
      ?.get(usage.model)
      ?.get(usage.response_model)
      ?.get(usage.region);
    const known = byTier?.get(usage.service_tier);
    return known === undefined ? resolve(usage) : known;
  }

  function resolve(usage: PricedUsage): Resolved {
    if (resolvedKinds >= RESOLVED_KINDS_MAX) {
      resolvedByProvider.clear();
      resolvedKinds = 0;
    }
    const byModel = entryOf(resolvedByProvider, usage.provider);
    const byRegion = entryOf(entryOf(byModel, usage.model), usage.response_model);
    const timeline = resolveKind(usage);
    entryOf(byRegion, usage.region).set(usage.service_tier, timeline);
    resolvedKinds += 1;
    return timeline;
  }

  function rateFor(usage: PricedUsage): Rate | null {
    const timeline = resolved(usage);
    return timeline && valueAt(timeline, usage.timestamp);
  }

  /** Fills `quantities`; false if the usage is unknown or contradicts itself. */
  function measure(usage: PricedUsage, rate: Rate): boolean {
    if (!separateTokens(usage, quantities)) return false;
    const counted = usage.input_tokens !== null || usage.output_tokens !== null;
    // A request that failed without any usage used nothing; of one that succeeded nobody knows what it used.
    if (!counted && usage.status === 'success' && !rate.feePerRequest) return false;
    quantities[meterIndex.requests] = rate.feePerRequest ? 1 : 0;
    return true;
  }

  return {
    price(usage) {
      if (usage.cost_usd !== null) return callerCharge(usage.cost_usd);
      const rate = rateFor(usage);
      if (rate === null || !measure(usage, rate)) return UNPRICED;
      const cost = costOfQuantities(bandFor(rate, usage.input_tokens ?? 0), quantities);
      if (cost === null) return UNPRICED;
      return { costPicoUsd: cost, priceSource: rate.source, priceVersion: rate.version, priceId: rate.id };
    },

    explain(usage) {
      if (usage.cost_usd !== null) return explainedCallerCharge(usage.cost_usd);
      const rate = rateFor(usage);
      if (rate === null || !measure(usage, rate)) return UNPRICED;
      const meters = chargesOf(bandFor(rate, usage.input_tokens ?? 0), quantities);
      if (meters === null) return UNPRICED;
      return {
        costPicoUsd: meters.reduce((total, charge) => total + charge.costPicoUsd, 0n),
        priceSource: rate.source,
        priceVersion: rate.version,
        priceId: rate.id,
        meters,
      };
    },
  };
}

/** The model that answered is what the provider charges for; the one asked for may be an alias or a deployment. */
function resolveKind(usage: PricedUsage): Resolved {
  if (!isStandardTier(usage.service_tier)) return null;
  const byAnswer =
    usage.response_model === '' ? null : snapshotTimeline(usage.provider, usage.response_model);
  return byAnswer ?? snapshotTimeline(usage.provider, usage.model);
}

function isStandardTier(tier: string): boolean {
  return tier === '' || tier === 'standard' || tier === 'default';
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
  return { ...callerCharge(costPicoUsd), meters: [meter] };
}

function entryOf<K, V extends Map<unknown, unknown>>(map: Map<K, V>, key: K): V {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = new Map() as V;
    map.set(key, entry);
  }
  return entry;
}
