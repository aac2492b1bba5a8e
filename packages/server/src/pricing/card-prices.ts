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

/**
 * The price bands of an entry for a service tier.
 *
 * @param tier as {@link serviceTierOf} names it.
 * @param factor region and exchange rate, in USD per unit of the entry's currency.
 * @returns `null` if the entry says nothing of that tier.
 */
export function bandsOfEntry(entry: CardEntry, tier: string, factor: Factor): PriceBand[] | null {
  const own = tierOf(entry, tier);
  if (own === null) return null;
  if (typeof own === 'object') return [bandOf(-1, own, factor)];
  const scaled = scale(factor, own === undefined ? UNCHANGED : (parseFraction(own) ?? UNCHANGED));
  const bands = [bandOf(-1, entry, scaled)];
  for (const band of entry.long_context ?? []) {
    // A long-context band says what differs; everything else costs what it costs below the threshold.
    const base = bands[0]?.prices ?? {};
    bands.push({ aboveTokens: band.above_tokens, prices: { ...base, ...bandOf(0, band, scaled).prices } });
  }
  return bands;
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

function bandOf(aboveTokens: number, prices: CardPrices, factor: Factor): PriceBand {
  return { aboveTokens, prices: unitPrices(prices, factor) };
}

function unitPrices(prices: CardPrices, factor: Factor): UnitPrices {
  const found: Partial<Record<Meter, UnitPrice>> = {};
  const put = (meter: Meter, amount: number | string | undefined, perUnits: number) => {
    const price = amount === undefined ? null : unitPriceOf(amount, perUnits);
    if (price) found[meter] = add(found[meter], scale(price, factor));
  };
  const putAll = (keys: Readonly<Record<string, Meter>>, amounts: object | undefined, perUnits: number) => {
    for (const [key, amount] of Object.entries(amounts ?? {})) {
      const meter = keys[key];
      if (meter) put(meter, amount as number | string, perUnits);
    }
  };
  putAll(tokenPriceKeys, prices.per_million_tokens, 1_000_000);
  putAll(countPriceKeys, prices.per_thousand, 1000);
  putAll(hourPriceKeys, prices.per_audio_hour, 3600);
  put('input_characters', prices.per_million_characters, 1_000_000);
  put('requests', prices.per_request, 1);
  put('request_seconds', prices.per_second, 1);
  const gpuHour = prices.per_gpu_hour === undefined ? null : unitPriceOf(prices.per_gpu_hour, 3600);
  const gpus = parseFraction(prices.gpus ?? 1);
  if (gpuHour && gpus) {
    found.request_seconds = add(found.request_seconds, scale(scale(gpuHour, gpus), factor));
  }
  return found;
}
