/**
 * The bundled price list: the data of `@pydantic/genai-prices`, compiled. That
 * package finds the model and the price that applies, at 42 µs a call; here it is
 * asked once per kind of request, and what it knows of the model is turned into a
 * timeline of rates. Service tiers and regions, which it does not know, come from
 * `published-tiers.ts`; where its data are wrong, `bundled-card.ts` goes before it.
 */

import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { calcPrice } from '@pydantic/genai-prices';
import type { Meter } from './meters.ts';
import type { PriceKind } from './price-kind.ts';
import { priceListOf } from './provider-aliases.ts';
import type { PriceBand, Rate, UnitPrices } from './rate.ts';
import { compileRate, freeRate } from './rate.ts';
import { STANDARD_TIER } from './service-tier.ts';
import { snapshotKeys } from './snapshot-keys.ts';
import { inRegion, inTier } from './snapshot-tiers.ts';
import type { Timeline } from './timeline.ts';
import { buildTimeline, SECONDS_PER_DAY } from './timeline.ts';
import type { UnitPrice } from './unit-price.ts';
import { unitPriceOf } from './unit-price.ts';

/** The package the snapshot comes from, and the day its data were published. */
export const SNAPSHOT = { packageVersion: '0.1.8', dataDate: '2026-09-23' } as const;

/** The version that charges at the snapshot's prices carry. */
export const SNAPSHOT_VERSION = `genai-prices-${SNAPSHOT.packageVersion}/${SNAPSHOT.dataDate}`;

/** A model of the snapshot, and the list it was found for. */
interface FoundModel {
  readonly list: string;
  readonly model: ModelInfo;
}

/**
 * The snapshot's prices of a kind of request over time.
 *
 * @returns `null` if the provider's name is not known, its list has no such model, or the tier has no published price.
 */
export function snapshotTimeline(kind: PriceKind): Timeline<Rate | null> | null {
  const found = findModel(kind);
  if (!found) return null;
  const { prices } = found.model;
  const entries: readonly ConditionalPrice[] = Array.isArray(prices) ? prices : [{ prices }];
  const rates = new Map<ModelPrice, Rate | null>();
  for (const entry of entries) rates.set(entry.prices, rateOf(found, entry.prices, kind));
  return buildTimeline(startsOf(entries), timesOf(entries), (epochSeconds, secondOfWeek) => {
    return rates.get(applicable(entries, epochSeconds, secondOfWeek % SECONDS_PER_DAY)) ?? null;
  });
}

/** The model of the provider's list that the answer or the request names, by the package's own matching rules. */
function findModel({ provider, models }: PriceKind): FoundModel | null {
  for (const name of models) {
    const at = listAndName(provider, name);
    if (at === null) continue;
    for (const spelling of spellingsOf(at.name)) {
      const model = lookUp(at.list, spelling);
      if (model) return { list: at.list, model };
    }
  }
  return null;
}

/** The list of a provider; a gateway without a list of its own names the provider in front of the model. */
function listAndName(provider: string, name: string): { list: string; name: string } | null {
  const list = priceListOf(provider);
  if (list !== null) return { list, name };
  const slash = name.indexOf('/');
  if (slash <= 0 || !/^lite_?llm/i.test(provider.trim())) return null;
  const named = priceListOf(name.slice(0, slash));
  return named === null ? null : { list: named, name: name.slice(slash + 1) };
}

/** The ways a model may stand in a list: as it is, and without the path that some interfaces put before it. */
function spellingsOf(name: string): string[] {
  const plain = name.replace(/^arn:aws[^/]*\//, '');
  const last = plain.slice(plain.lastIndexOf('/') + 1);
  return [...new Set([name, plain, last])];
}

function lookUp(list: string, name: string): ModelInfo | null {
  try {
    return calcPrice({}, name, { providerId: list })?.model ?? null;
  } catch {
    // The package throws where a list's prices contradict each other; such a model has no price that can be trusted.
    return null;
  }
}

/** Models that the package lists without prices though nobody said that they are free. */
const WITHOUT_KNOWN_PRICE = [
  'cerebras/qwen-3-coder-480b',
  'huggingface_together/ServiceNow-AI/Apriel-1.6-15b-Thinker',
];

function rateOf({ list, model }: FoundModel, prices: ModelPrice, kind: PriceKind): Rate | null {
  const identity = { source: 'snapshot', version: SNAPSHOT_VERSION, id: `${list}/${model.id}` } as const;
  // A model that is listed without any price is free: the package writes it so.
  const free = Object.keys(prices).length === 0;
  if (free && WITHOUT_KNOWN_PRICE.includes(identity.id)) return null;
  if (free) return freeRate(identity);
  const standard = compileRate(identity, bandsOf(list, prices));
  const tiered = kind.tier === STANDARD_TIER ? standard : inTier(standard, list, model.id, kind.tier);
  return tiered && inRegion(tiered, list, model.id, kind.region);
}

function startsOf(entries: readonly ConditionalPrice[]): number[] {
  return entries.flatMap(({ constraint }) =>
    constraint?.type === 'start_date' ? [Date.parse(constraint.start_date) / 1000] : [],
  );
}

function timesOf(entries: readonly ConditionalPrice[]): number[] {
  const times = entries.flatMap(({ constraint }) =>
    constraint?.type === 'time_of_date'
      ? [secondOfDay(constraint.start_time), secondOfDay(constraint.end_time)]
      : [],
  );
  // The package knows hours of the day only, so each day of the week has the same.
  return times.flatMap((time) => Array.from({ length: 7 }, (_, day) => day * SECONDS_PER_DAY + time));
}

/** The entry that applies: the last whose condition holds, else the first (the package's own rule). */
function applicable(entries: readonly ConditionalPrice[], epochSeconds: number, second: number): ModelPrice {
  const holds = ({ constraint }: ConditionalPrice): boolean => {
    if (constraint === undefined) return true;
    if (constraint.type === 'start_date') return epochSeconds >= Date.parse(constraint.start_date) / 1000;
    const from = secondOfDay(constraint.start_time);
    const to = secondOfDay(constraint.end_time);
    return to < from ? second >= from || second < to : second >= from && second < to;
  };
  return (entries.findLast(holds) ?? entries[0])?.prices ?? {};
}

/** Seconds after midnight UTC of a time such as `16:30:00Z` or `08:00:00+08:00`. */
function secondOfDay(time: string): number {
  return (Date.parse(`1970-01-02T${time}`) / 1000) % SECONDS_PER_DAY;
}

/** The bands of a model's prices: one for each threshold that any of its prices has. */
function bandsOf(list: string, prices: ModelPrice): PriceBand[] {
  const starts = new Set([-1]);
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  }
  return [...starts].map((start) => ({
    aboveTokens: correctedThreshold(list, start),
    prices: unitPricesAt(prices, start),
  }));
}

/**
 * OpenAI charges long-context prices for more than 272,000 input tokens (its model
 * pages); the package begins at 272,000 (its issue 711, open since 2026-09-22).
 */
function correctedThreshold(list: string, start: number): number {
  return start === 271_999 && (list === 'openai' || list === 'azure') ? 272_000 : start;
}

function unitPricesAt(prices: ModelPrice, aboveTokens: number): UnitPrices {
  const unitPrices: Partial<Record<Meter, UnitPrice>> = {};
  for (const [key, price] of Object.entries(prices)) {
    const known = snapshotKeys.get(key);
    if (!known || price === undefined) continue;
    const amount = typeof price === 'number' ? price : amountAt(price, aboveTokens);
    const unitPrice = unitPriceOf(amount, known.perUnits);
    if (unitPrice) unitPrices[known.meter] = unitPrice;
  }
  return unitPrices;
}

function amountAt(price: Exclude<ModelPrice[string], number | undefined>, aboveTokens: number): number {
  const reached = price.tiers.filter((tier) => tier.start <= aboveTokens);
  return reached.toSorted((a, b) => a.start - b.start).at(-1)?.price ?? price.base;
}
