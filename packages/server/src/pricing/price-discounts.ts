/**
 * Discounts of rate cards: a percentage off whatever price applies, from a card or
 * from the snapshot. Of the discounts that match, the one that names the request
 * most narrowly in the first card that has any applies; they do not add up.
 */

import type { CardDiscount, RateCard } from './card-schema.ts';
import { matchesGlob, specificityOf } from './model-match.ts';
import type { PriceKind } from './price-kind.ts';
import { providerKeyOf } from './price-kind.ts';
import type { Rate } from './rate.ts';
import { mapRate } from './rate.ts';
import type { Timeline } from './timeline.ts';
import { boundariesOfTimeline, buildTimeline, valueInPeriod } from './timeline.ts';
import { parseFraction, scale } from './unit-price.ts';
import type { Validity } from './validity.ts';
import { boundariesOf, holdsAt, validityOf } from './validity.ts';

/** A discount with what its matching needs. */
export interface ListedDiscount {
  readonly card: RateCard;
  readonly discount: CardDiscount;
  readonly providerKey: string;
  readonly validity: Validity;
}

/** The discounts of cards, the ones that apply first in front. */
export function listDiscounts(cards: readonly RateCard[]): ListedDiscount[] {
  return cards.flatMap((card) => {
    const listed = (card.discounts ?? []).map((discount) => ({
      card,
      discount,
      providerKey: discount.provider === '*' ? '*' : providerKeyOf(discount.provider),
      validity: validityOf(discount.from, discount.until),
    }));
    return listed.toReversed().toSorted((a, b) => {
      return (
        Number(a.providerKey === '*') - Number(b.providerKey === '*') ||
        specificityOf(b.discount.model ?? '*') - specificityOf(a.discount.model ?? '*')
      );
    });
  });
}

/** The same prices with the discounts taken off. */
export function discounted(
  timeline: Timeline<Rate | null>,
  discounts: readonly ListedDiscount[],
  kind: PriceKind,
): Timeline<Rate | null> {
  const matching = discounts.filter(({ providerKey, discount }) => {
    if (providerKey !== '*' && providerKey !== kind.providerKey) return false;
    return kind.models.some((model) => matchesGlob(discount.model ?? '*', model));
  });
  if (matching.length === 0) return timeline;
  const { starts, times } = boundariesOfTimeline(timeline);
  const changed = new Map<Rate, Map<ListedDiscount, Rate>>();
  const dates = matching.flatMap(({ validity }) => boundariesOf(validity));
  return buildTimeline([...starts, ...dates], times, (epochSeconds, secondOfWeek) => {
    const rate = valueInPeriod(timeline, epochSeconds, secondOfWeek);
    const discount = matching.find(({ validity }) => holdsAt(validity, epochSeconds));
    if (rate === null || discount === undefined) return rate;
    const known = changed.get(rate) ?? new Map<ListedDiscount, Rate>();
    changed.set(rate, known);
    const result = known.get(discount) ?? lowered(rate, discount);
    known.set(discount, result);
    return result;
  });
}

function lowered(rate: Rate, { card, discount }: ListedDiscount): Rate {
  const percent = parseFraction(discount.percent);
  if (!percent) return rate;
  const kept = {
    numerator: 100n * percent.denominator - percent.numerator,
    denominator: 100n * percent.denominator,
  };
  const identity = {
    source: 'card',
    version: card.version,
    id: `${card.name}: ${discount.name}, ${discount.percent} % off ${rate.id} of ${rate.version}`,
  } as const;
  return mapRate(rate, identity, (price) => scale(price, kept));
}
