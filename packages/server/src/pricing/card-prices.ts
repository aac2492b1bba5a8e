/**
 * The unit prices of a card's entry: the amounts as written, brought to exact
 * pico-dollars per unit, with the service tier, the region and the exchange rate
 * of the day applied.
 */

import type { CardEntry, CardPrices } from './card-schema.ts';
import { countPriceKeys, hourPriceKeys, tokenPriceKeys } from './card-schema.ts';
import type { Meter } from './meters.ts';
import { matchesGlob, specificityOf } from './model-match.ts';
import type { PriceBand, UnitPrices } from './rate.ts';
import { serviceTierOf, STANDARD_TIER } from './service-tier.ts';
import type { UnitPrice } from './unit-price.ts';
import { add, parseFraction, scale, unitPriceOf } from './unit-price.ts';

/** What an entry's prices are multiplied by: an exact fraction. */
export type Factor = UnitPrice;

/** The factor that changes nothing. */
export const UNCHANGED: Factor = { numerator: 1n, denominator: 1n };

/** What the prices of an entry are multiplied by. */
export interface Factors {
  /** USD per unit of the entry's currency: for everything. */
  readonly exchange: Factor;
  /** Region: for tokens, characters and time, not for fees per request or call. */
  readonly region: Factor;
}

/**
 * The price bands of an entry for a service tier.
 *
 * @param tier as {@link serviceTierOf} names it.
 * @returns `null` if the entry says nothing of that tier.
 */
export function bandsOfEntry(entry: CardEntry, tier: string, factors: Factors): PriceBand[] | null {
  const own = tierOf(entry, tier);
  if (own === null) return null;
  if (typeof own === 'object') return [bandOf(-1, own, factors)];
  const tierFactor = own === undefined ? UNCHANGED : (parseFraction(own) ?? UNCHANGED);
  const scaled = { ...factors, region: scale(factors.region, tierFactor) };
  const lowest = bandOf(-1, entry, scaled);
  // A long-context band says what differs; everything else costs what it costs below the threshold.
  const higher = (entry.long_context ?? []).map((band) => ({
    aboveTokens: band.above_tokens,
    prices: { ...lowest.prices, ...bandOf(0, band, scaled).prices },
  }));
  return [lowest, ...higher];
}

/** The factor of the most narrowly matching region of an entry. */
export function regionFactor(entry: CardEntry, region: string): Factor {
  const matching = Object.entries(entry.regions ?? {}).filter(([pattern]) => matchesGlob(pattern, region));
  const [best] = matching.toSorted(([a], [b]) => specificityOf(b) - specificityOf(a));
  return best === undefined || region === '' ? UNCHANGED : (parseFraction(best[1]) ?? UNCHANGED);
}

/** The tier's factor, its own prices, `undefined` for the standard tier, or `null` if the entry has no such tier. */
function tierOf(entry: CardEntry, tier: string): number | string | CardPrices | undefined | null {
  const own = Object.entries(entry.tiers ?? {}).find(([name]) => serviceTierOf(name) === tier);
  if (own) return own[1];
  return tier === STANDARD_TIER ? undefined : null;
}

function bandOf(aboveTokens: number, prices: CardPrices, factors: Factors): PriceBand {
  return { aboveTokens, prices: unitPrices(prices, factors) };
}

function unitPrices(prices: CardPrices, { exchange, region }: Factors): UnitPrices {
  const found: Partial<Record<Meter, UnitPrice>> = {};
  const varying = scale(exchange, region);
  const put = (meter: Meter, amount: Amount | undefined, perUnits: number, factor: Factor) => {
    const price = amount === undefined ? null : unitPriceOf(amount, perUnits);
    if (price) found[meter] = add(found[meter], scale(price, factor));
  };
  const putAll = (
    keys: Readonly<Record<string, Meter>>,
    amounts: Amounts | undefined,
    perUnits: number,
    factor: Factor,
  ) => {
    for (const [key, amount] of Object.entries(amounts ?? {})) {
      const meter = keys[key];
      if (meter) put(meter, amount, perUnits, factor);
    }
  };
  putAll(tokenPriceKeys, prices.per_million_tokens, 1_000_000, varying);
  putAll(countPriceKeys, prices.per_thousand, 1000, exchange);
  putAll(hourPriceKeys, prices.per_audio_hour, 3600, varying);
  put('input_characters', prices.per_million_characters, 1_000_000, varying);
  put('requests', prices.per_request, 1, exchange);
  put('request_seconds', prices.per_second, 1, varying);
  put(
    'request_seconds',
    prices.per_gpu_hour,
    3600,
    scale(varying, parseFraction(prices.gpus ?? 1) ?? UNCHANGED),
  );
  return found;
}

type Amount = number | string;
type Amounts = Readonly<Record<string, Amount | undefined>>;
