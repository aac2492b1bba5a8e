/** Service tiers and regions on the snapshot: the published factors and prices, applied to a standard rate. */

import type { Meter } from './meters.ts';
import { isTokenMeter } from './meters.ts';
import { matchesGlob } from './model-match.ts';
import type { PublishedTier } from './published-tiers.ts';
import { PUBLISHED_TIERS_DATE, publishedRegions, publishedTiers } from './published-tiers.ts';
import type { PriceBand, Rate } from './rate.ts';
import { compileRate, mapRate } from './rate.ts';
import type { UnitPrice } from './unit-price.ts';
import { parseFraction, scale, unitPriceOf } from './unit-price.ts';

/**
 * The rate of a service tier.
 *
 * @param standard the model's rate in the standard tier.
 * @returns `null` if no price of that tier is published.
 */
export function inTier(standard: Rate, list: string, modelId: string, tier: string): Rate | null {
  const published = publishedTiers.find((candidate) => {
    return candidate.list === list && candidate.tier === tier && appliesTo(candidate, modelId);
  });
  if (!published) return null;
  const identity = modified(standard, tier);
  const withPrices = published.perMillionTokens
    ? compileRate(identity, ownBands(standard, published), standard.counted)
    : mapRate(standard, identity, (price, meter) => tierPrice(published, price, meter));
  return published.shortContextOnly ? shortContext(withPrices, identity) : withPrices;
}

/** The rate of a region: the list's own, unless a surcharge is published. */
export function inRegion(rate: Rate, list: string, modelId: string, region: string): Rate {
  if (region === '') return rate;
  const published = publishedRegions.find(({ list: of, models, regions }) => {
    return of === list && matchesAny(models, modelId) && matchesAny(regions, region);
  });
  const factor = published && parseFraction(published.factor);
  if (!factor) return rate;
  return mapRate(rate, modified(rate, region), (price, meter) => {
    return isTokenMeter(meter) ? scale(price, factor) : price;
  });
}

function appliesTo({ models, except = [] }: PublishedTier, modelId: string): boolean {
  return matchesAny(models, modelId) && !matchesAny(except, modelId);
}

function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, name));
}

/** Both dates matter for such a price: that of the list, and that of what is applied to it. */
function modified({ source, version, id }: Rate, modifier: string) {
  const dated = version.includes('+tiers') ? version : `${version}+tiers-${PUBLISHED_TIERS_DATE}`;
  return { source, version: dated, id: `${id} (${modifier})` };
}

function tierPrice(published: PublishedTier, price: UnitPrice, meter: Meter): UnitPrice | undefined {
  if (published.withoutOwnPrice?.includes(meter)) return undefined;
  const factor = published.factor === undefined ? null : parseFraction(published.factor);
  const scaled = isTokenMeter(meter) && !published.atStandardPrice?.includes(meter);
  return scaled && factor ? scale(price, factor) : price;
}

/** The tier's own token prices, beside whatever else the model charges for. */
function ownBands(standard: Rate, published: PublishedTier): PriceBand[] {
  const own: Partial<Record<Meter, UnitPrice>> = {};
  for (const [meter, amount] of Object.entries(published.perMillionTokens ?? {})) {
    const price = unitPriceOf(amount, 1_000_000);
    if (price) own[meter as Meter] = price;
  }
  return standard.bands.map(({ aboveTokens, prices }) => {
    const fees = Object.entries(prices).filter(([meter]) => !isTokenMeter(meter as Meter));
    return { aboveTokens, prices: { ...Object.fromEntries(fees), ...own } };
  });
}

/** The same rate without any price above its lowest threshold. */
function shortContext(rate: Rate, identity: ReturnType<typeof modified>): Rate {
  const bands = rate.bands.map((band) => (band.aboveTokens === -1 ? band : { ...band, prices: {} }));
  return compileRate(identity, bands, rate.counted);
}
