/**
 * Prices from rate cards. The first card that has a price for a request gives it.
 * Of that card's entries that match, the one that names the request most narrowly
 * applies: a named provider before any provider, an exact model before a glob, a
 * longer glob before a shorter one, certain hours before all hours, and then the
 * entry that began to hold last.
 */

import type { Factor } from './card-prices.ts';
import { bandsOfEntry, regionFactor } from './card-prices.ts';
import type { CardEntry, RateCard } from './card-schema.ts';
import type { PriceSource } from './charge.ts';
import type { ExchangeRates } from './exchange-rates.ts';
import { exchangeRatesOf, usdPerUnitAt } from './exchange-rates.ts';
import { matchesGlob, specificityOf } from './model-match.ts';
import type { PriceKind } from './price-kind.ts';
import { providerKeyOf } from './price-kind.ts';
import type { Rate } from './rate.ts';
import { compileRate } from './rate.ts';
import type { Timeline } from './timeline.ts';
import { buildTimeline } from './timeline.ts';
import type { Validity } from './validity.ts';
import { boundariesOf, holdsAt, validityOf } from './validity.ts';
import type { WeekWindow } from './week-hours.ts';
import { boundariesOfWindows, weekWindowsOf, windowsHold } from './week-hours.ts';

/** An entry with what its matching and pricing need, worked out once. */
export interface ListedEntry {
  readonly card: RateCard;
  readonly entry: CardEntry;
  readonly providerKey: string;
  readonly validity: Validity;
  readonly windows: readonly WeekWindow[];
  readonly currency: string;
  readonly rates: ExchangeRates;
  /** What charges call the price, e.g. `my-card: openai/gpt-4o*`. */
  readonly id: string;
}

/** The entries of cards, the ones that apply first in front. */
export function listEntries(cards: readonly RateCard[]): ListedEntry[] {
  return cards.flatMap((card) => {
    const listed = (card.prices ?? []).map((entry) => listEntry(card, entry));
    // Sorting is stable: of equals the later one comes first, since it amends what stands above it.
    return listed.toReversed().toSorted(compareEntries);
  });
}

/** An entry of a card, worked out for matching. */
export function listEntry(card: RateCard, entry: CardEntry): ListedEntry {
  const currency = entry.currency ?? card.currency ?? 'USD';
  return {
    card,
    entry,
    providerKey: entry.provider === '*' ? '*' : providerKeyOf(entry.provider),
    validity: validityOf(entry.from, entry.until),
    windows: (entry.hours ?? []).flatMap((hours) => weekWindowsOf(hours) ?? []),
    currency,
    rates: exchangeRatesOf(card, currency),
    // The price of a model before and after a change are two prices.
    id: `${card.name}: ${entry.provider}/${entry.model}${entry.from === undefined ? '' : ` from ${entry.from}`}`,
  };
}

/** Orders the entries of a card: narrower ones first, and of those the one that begins later. */
function compareEntries(a: ListedEntry, b: ListedEntry): number {
  const rank =
    Number(a.providerKey === '*') - Number(b.providerKey === '*') ||
    specificityOf(b.entry.model) - specificityOf(a.entry.model) ||
    Math.sign(b.windows.length) - Math.sign(a.windows.length);
  if (rank !== 0) return rank;
  return a.validity.fromEpochSeconds === b.validity.fromEpochSeconds
    ? 0
    : b.validity.fromEpochSeconds - a.validity.fromEpochSeconds;
}

/**
 * The prices of a kind of request over time.
 *
 * @param entries from {@link listEntries}.
 * @param source who these cards belong to: the user or the bundled list.
 * @returns `null` if no entry is for that kind at any time.
 */
export function cardTimeline(
  entries: readonly ListedEntry[],
  kind: PriceKind,
  source: PriceSource,
): Timeline<Rate | null> | null {
  const matching = entries.filter((listed) => matchesKind(listed, kind));
  if (matching.length === 0) return null;
  const starts = matching.flatMap(({ validity, rates }) => [
    ...boundariesOf(validity),
    ...rates.map((rate) => rate.fromEpochSeconds),
  ]);
  const times = matching.flatMap(({ windows }) => boundariesOfWindows(windows));
  const compiled = new Map<string, Rate | null>();
  return buildTimeline(starts, times, (epochSeconds, secondOfWeek) => {
    for (const [index, listed] of matching.entries()) {
      if (!holdsAt(listed.validity, epochSeconds)) continue;
      if (listed.windows.length > 0 && !windowsHold(listed.windows, secondOfWeek)) continue;
      const exchange = usdPerUnitAt(listed.rates, listed.currency, epochSeconds);
      if (exchange === null) continue;
      const key = `${index} ${exchange.numerator}/${exchange.denominator}`;
      let rate = compiled.get(key);
      if (rate === undefined) {
        rate = compileEntry(listed, kind, exchange, source);
        compiled.set(key, rate);
      }
      if (rate !== null) return rate;
    }
    return null;
  });
}

function matchesKind({ providerKey, entry }: ListedEntry, kind: PriceKind): boolean {
  if (providerKey !== '*' && providerKey !== kind.providerKey) return false;
  return kind.models.some((model) => matchesGlob(entry.model, model));
}

function compileEntry(
  { card, entry, id }: ListedEntry,
  kind: PriceKind,
  exchange: Factor,
  source: PriceSource,
): Rate | null {
  const bands = bandsOfEntry(entry, kind.tier, { exchange, region: regionFactor(entry, kind.region) });
  if (bands === null) return null;
  const counted = entry.long_context?.some((band) => band.counted === 'total') ? 'total' : 'input';
  const tier = kind.tier === 'standard' ? '' : ` (${kind.tier})`;
  return compileRate({ source, version: card.version, id: `${id}${tier}` }, bands, counted);
}
