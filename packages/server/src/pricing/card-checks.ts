/**
 * Checks of rate cards beyond their form, for `bellwether check prices` and for the
 * log when cards are loaded: entries that contradict each other, times without a
 * price, and amounts that are ten times what stands next to them, which is how a
 * misplaced decimal point looks.
 */

import type { ListedEntry } from './card-list.ts';
import { listEntry } from './card-list.ts';
import { bandsOfEntry, UNCHANGED } from './card-prices.ts';
import type { RateCard } from './card-schema.ts';
import { usdPerUnitAt } from './exchange-rates.ts';
import type { Meter } from './meters.ts';
import { globsMeet, isGlob, specificityOf } from './model-match.ts';
import type { UnitPrices } from './rate.ts';
import { serviceTierOf, STANDARD_TIER } from './service-tier.ts';
import { kindOf } from './price-kind.ts';
import { snapshotTimeline } from './snapshot.ts';
import { SECONDS_PER_WEEK, valueAt } from './timeline.ts';
import type { UnitPrice } from './unit-price.ts';
import { formatUnitPrice, scale } from './unit-price.ts';
import type { WeekWindow } from './week-hours.ts';

/** Something about cards that their author should look at. */
export interface Finding {
  /** An error makes it unclear what is charged; a warning may be meant. */
  readonly severity: 'error' | 'warning';
  readonly code: 'overlap' | 'gap' | 'outlier' | 'no_exchange_rate' | 'same_name';
  /** The card's name. */
  readonly card: string;
  /** Where in the card, e.g. `prices[3]`. */
  readonly place: string;
  readonly message: string;
}

/** How far a price may be from its neighbour. */
const OUTLIER_RATIO = 10;

interface Placed extends ListedEntry {
  readonly place: string;
}

/** Checks cards, each by itself, and whether their charges can be told apart. */
export function checkCards(cards: readonly RateCard[]): Finding[] {
  return [...sameNames(cards), ...cards.flatMap(checkCard)];
}

function checkCard(card: RateCard): Finding[] {
  const entries = (card.prices ?? []).map((entry, index) => {
    return { ...listEntry(card, entry), place: `prices[${index}]` };
  });
  return [
    ...overlaps(entries),
    ...successions(entries),
    ...entries.flatMap((entry) => [...tierOutliers(entry), ...listOutliers(entry), ...missingRates(entry)]),
  ];
}

function sameNames(cards: readonly RateCard[]): Finding[] {
  const seen = new Set<string>();
  return cards.flatMap((card): Finding[] => {
    const key = `${card.name}\n${card.version}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `another card is called ${card.name} ${card.version}, so charges cannot tell them apart`;
    return [{ severity: 'error', code: 'same_name', card: card.name, place: 'name', message }];
  });
}

/** Entries of equal rank in one card for the same model at the same time: only their order decides between them. */
function overlaps(entries: readonly Placed[]): Finding[] {
  const rivals = Map.groupBy(entries, ({ providerKey, entry, windows }) => {
    const name = isGlob(entry.model) ? specificityOf(entry.model) : entry.model.toLowerCase();
    return JSON.stringify([providerKey, name, windows.length > 0]);
  });
  return [...rivals.values()].flatMap((group) =>
    group.flatMap((a, index) =>
      group.slice(index + 1).flatMap((b): Finding[] => {
        if (!globsMeet(a.entry.model, b.entry.model) || !clash(a, b)) return [];
        const message = `holds at the same time as ${a.place} for ${models(a, b)}`;
        return [{ severity: 'error', code: 'overlap', card: b.card.name, place: b.place, message }];
      }),
    ),
  );
}

function models(a: Placed, b: Placed): string {
  const same = a.entry.model.toLowerCase() === b.entry.model.toLowerCase();
  return same
    ? `${a.entry.provider}/${a.entry.model}`
    : `models that match ${a.entry.model} and ${b.entry.model}`;
}

/** Whether both hold at some time and it is not plain that one follows the other. */
function clash(a: Placed, b: Placed): boolean {
  const [first, second] = a.validity.fromEpochSeconds <= b.validity.fromEpochSeconds ? [a, b] : [b, a];
  if (first.validity.untilEpochSeconds <= second.validity.fromEpochSeconds) return false;
  if (a.windows.length > 0 && !windowsMeet(a, b)) return false;
  const samePattern = a.entry.model.toLowerCase() === b.entry.model.toLowerCase();
  const begunLater = first.validity.fromEpochSeconds < second.validity.fromEpochSeconds;
  // An entry without an end is followed by the next one that begins: that is how a price change is written.
  return !(samePattern && begunLater && first.entry.until === undefined);
}

function windowsMeet(a: Placed, b: Placed): boolean {
  return a.windows.some((x) =>
    b.windows.some(
      // One of them may run over the end of the week into the other.
      (y) => [-SECONDS_PER_WEEK, 0, SECONDS_PER_WEEK].some((shift) => meets(x, y, shift)),
    ),
  );
}

function meets(x: WeekWindow, y: WeekWindow, shift: number): boolean {
  return x.fromSecondOfWeek < y.untilSecondOfWeek + shift && y.fromSecondOfWeek + shift < x.untilSecondOfWeek;
}

/** Entries of one pattern one after another: gaps between them, and leaps of the price. */
function successions(entries: readonly Placed[]): Finding[] {
  const byPattern = Map.groupBy(entries, ({ providerKey, entry, windows }) => {
    return JSON.stringify([providerKey, entry.model.toLowerCase(), windows]);
  });
  return [...byPattern.values()].flatMap((group) => {
    const ordered = group.toSorted((a, b) => a.validity.fromEpochSeconds - b.validity.fromEpochSeconds);
    return ordered.slice(1).flatMap((next, index) => {
      const previous = ordered[index] as Placed;
      return [...gapBetween(previous, next), ...leapBetween(previous, next)];
    });
  });
}

function gapBetween(previous: Placed, next: Placed): Finding[] {
  if (previous.validity.untilEpochSeconds >= next.validity.fromEpochSeconds) return [];
  const message = `no price of ${next.entry.provider}/${next.entry.model} between ${previous.entry.until} and ${next.entry.from}`;
  return [{ severity: 'warning', code: 'gap', card: next.card.name, place: next.place, message }];
}

function leapBetween(previous: Placed, next: Placed): Finding[] {
  return outliers(next, pricesOf(next), pricesOf(previous), `before, in ${previous.place},`);
}

function tierOutliers(listed: Placed): Finding[] {
  return Object.keys(listed.entry.tiers ?? {}).flatMap((name) => {
    return outliers(
      listed,
      pricesOf(listed, serviceTierOf(name)),
      pricesOf(listed),
      'in the standard tier',
      ` of ${name}`,
    );
  });
}

/** Compares with the bundled list, where the entry is for one model that it knows. */
function listOutliers(listed: Placed): Finding[] {
  const { entry, validity } = listed;
  if (isGlob(entry.model)) return [];
  const fields = {
    provider: entry.provider,
    model: entry.model,
    response_model: '',
    service_tier: '',
    region: '',
  };
  const timeline = snapshotTimeline(kindOf(fields));
  const rate =
    timeline &&
    valueAt(timeline, Number.isFinite(validity.fromEpochSeconds) ? validity.fromEpochSeconds : 2e9);
  const known = rate?.bands.at(-1)?.prices;
  return known ? outliers(listed, pricesOf(listed), known, 'on the bundled list') : [];
}

function missingRates({ card, place, currency, rates, validity }: Placed): Finding[] {
  const [first] = rates;
  if (first === undefined || first.fromEpochSeconds <= validity.fromEpochSeconds) return [];
  const since = new Date(first.fromEpochSeconds * 1000).toISOString().slice(0, 10);
  const message = `the first exchange rate of ${currency} is of ${since}; before that the entry has no price`;
  return [{ severity: 'warning', code: 'no_exchange_rate', card: card.name, place, message }];
}

/** The lowest band of an entry in dollars, at the last exchange rate there is. */
function pricesOf({ entry, rates, currency }: Placed, tier = STANDARD_TIER): UnitPrices {
  const exchange = usdPerUnitAt(rates, currency, Number.POSITIVE_INFINITY) ?? UNCHANGED;
  return bandsOfEntry(entry, tier, { exchange, region: UNCHANGED })?.[0]?.prices ?? {};
}

function outliers(
  listed: Placed,
  prices: UnitPrices,
  neighbours: UnitPrices,
  where: string,
  of = '',
): Finding[] {
  return (Object.entries(prices) as [Meter, UnitPrice][]).flatMap(([meter, price]): Finding[] => {
    const neighbour = neighbours[meter];
    if (!neighbour || !isFar(price, neighbour)) return [];
    const message = `${meter}${of} at $${formatUnitPrice(price)} each, ${where} at $${formatUnitPrice(neighbour)}`;
    return [{ severity: 'warning', code: 'outlier', card: listed.card.name, place: listed.place, message }];
  });
}

function isFar(a: UnitPrice, b: UnitPrice): boolean {
  if (a.numerator === 0n || b.numerator === 0n) return false;
  const ratio = scale(a, { numerator: b.denominator, denominator: b.numerator });
  const limit = BigInt(OUTLIER_RATIO);
  return ratio.numerator >= limit * ratio.denominator || ratio.denominator >= limit * ratio.numerator;
}
