/**
 * The bundled price list: the data of `@pydantic/genai-prices`, compiled. That
 * package finds the model and the price that applies, at 42 µs a call; here it is
 * asked once per kind of request, and what it knows of the model is turned into a
 * timeline of rates.
 */

import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { calcPrice } from '@pydantic/genai-prices';
import type { Meter } from './meters.ts';
import { meters } from './meters.ts';
import { priceListOf } from './provider-aliases.ts';
import type { PriceBand, Rate, UnitPrices } from './rate.ts';
import { compileRate } from './rate.ts';
import type { Timeline } from './timeline.ts';
import { buildTimeline } from './timeline.ts';
import type { UnitPrice } from './unit-price.ts';
import { FREE, unitPriceOf } from './unit-price.ts';

/** The package the snapshot comes from, and the day its data were published. */
export const SNAPSHOT = { packageVersion: '0.1.8', dataDate: '2026-09-23' } as const;

/** The version that charges at the snapshot's list prices carry. */
export const SNAPSHOT_VERSION = `genai-prices-${SNAPSHOT.packageVersion}/${SNAPSHOT.dataDate}`;

/** What one key of the snapshot prices, and how many units its amount is for. */
interface SnapshotKey {
  readonly meter: Meter;
  readonly perUnits: number;
}

const perMillion = (meter: Meter): SnapshotKey => ({ meter, perUnits: 1_000_000 });
const perThousand = (meter: Meter): SnapshotKey => ({ meter, perUnits: 1000 });
const perHour = (meter: Meter): SnapshotKey => ({ meter, perUnits: 3600 });

const snapshotKeys: ReadonlyMap<string, SnapshotKey> = new Map(
  Object.entries({
    input_mtok: perMillion('input_tokens'),
    cache_read_mtok: perMillion('cache_read_tokens'),
    cache_write_mtok: perMillion('cache_write_tokens'),
    cache_write_1h_mtok: perMillion('cache_write_1h_tokens'),
    input_audio_mtok: perMillion('input_audio_tokens'),
    cache_audio_read_mtok: perMillion('cache_audio_read_tokens'),
    input_image_mtok: perMillion('input_image_tokens'),
    cache_image_read_mtok: perMillion('cache_image_read_tokens'),
    input_video_mtok: perMillion('input_video_tokens'),
    output_mtok: perMillion('output_tokens'),
    output_reasoning_mtok: perMillion('reasoning_tokens'),
    output_audio_mtok: perMillion('output_audio_tokens'),
    output_image_mtok: perMillion('output_image_tokens'),
    output_video_mtok: perMillion('output_video_tokens'),
    output_citation_mtok: perMillion('citation_tokens'),
    requests_kcount: perThousand('requests'),
    web_searches_kcount: perThousand('web_searches'),
    storage_searches_kcount: perThousand('storage_searches'),
    social_searches_kcount: perThousand('social_searches'),
    code_executions_kcount: perThousand('code_executions'),
    rerank_searches_kcount: perThousand('rerank_searches'),
    input_document_kpages: perThousand('document_pages'),
    input_annotated_document_kpages: perThousand('annotated_document_pages'),
    input_text_messages_kcount: perThousand('text_messages'),
    input_mchars: perMillion('input_characters'),
    input_gpixels: { meter: 'input_pixels', perUnits: 1_000_000_000 },
    audio_hours: perHour('audio_seconds'),
    input_audio_hours: perHour('input_audio_seconds'),
    output_audio_hours: perHour('output_audio_seconds'),
  } satisfies Record<string, SnapshotKey>),
);

/**
 * The snapshot's prices of a model over time, at the standard tier.
 *
 * @returns `null` if the provider's name is not known or its list has no such model.
 */
export function snapshotTimeline(provider: string, model: string): Timeline<Rate> | null {
  const list = priceListOf(provider);
  const found = list === null ? null : findModel(list, model);
  if (!found) return null;
  const { prices } = found;
  const entries: readonly ConditionalPrice[] = Array.isArray(prices) ? prices : [{ prices }];
  const rates = new Map<ModelPrice, Rate>();
  for (const entry of entries) {
    const identity = { source: 'snapshot', version: SNAPSHOT_VERSION, id: `${list}/${found.id}` } as const;
    rates.set(entry.prices, compileRate(identity, bandsOf(entry.prices)));
  }
  return buildTimeline(startsOf(entries), timesOf(entries), (epochSeconds, secondOfDay) => {
    return rates.get(applicable(entries, epochSeconds, secondOfDay)) as Rate;
  });
}

/** The model of a list that a name means, found by the package's own matching rules. */
function findModel(list: string, model: string): ModelInfo | null {
  try {
    return calcPrice({}, model, { providerId: list })?.model ?? null;
  } catch {
    // The package throws where a list's prices contradict each other; such a model has no price that can be trusted.
    return null;
  }
}

function startsOf(entries: readonly ConditionalPrice[]): number[] {
  return entries.flatMap(({ constraint }) =>
    constraint?.type === 'start_date' ? [Date.parse(constraint.start_date) / 1000] : [],
  );
}

function timesOf(entries: readonly ConditionalPrice[]): number[] {
  return entries.flatMap(({ constraint }) =>
    constraint?.type === 'time_of_date'
      ? [secondOfDay(constraint.start_time), secondOfDay(constraint.end_time)]
      : [],
  );
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
  return (Date.parse(`1970-01-02T${time}`) / 1000) % 86_400;
}

/** The bands of a model's prices: one for each threshold that any of its prices has. */
function bandsOf(prices: ModelPrice): PriceBand[] {
  const thresholds = new Set([-1]);
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) thresholds.add(tier.start);
  }
  return [...thresholds].map((aboveTokens) => ({ aboveTokens, prices: unitPricesAt(prices, aboveTokens) }));
}

function unitPricesAt(prices: ModelPrice, aboveTokens: number): UnitPrices {
  // A model that is listed without any price is free: the package writes it so.
  if (Object.keys(prices).length === 0) return Object.fromEntries(meters.map((meter) => [meter, FREE]));
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
  return reached.reduce((highest, tier) => (tier.start >= highest.start ? tier : highest), {
    start: -1,
    price: price.base,
  }).price;
}
