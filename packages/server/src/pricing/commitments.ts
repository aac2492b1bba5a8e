/**
 * Commitments: fixed fees such as provisioned throughput or a rented machine. The
 * requests that a commitment covers cost nothing each, since the fee is due whether
 * they come or not; the fees of a period are reported beside them.
 */

import type { PicoUsd } from '@bellwether/events';
import { divideHalfEven } from '@bellwether/events';
import type { CardCommitment, RateCard } from './card-schema.ts';
import { exchangeRatesOf, usdPerUnitAt } from './exchange-rates.ts';
import { matchesGlob } from './model-match.ts';
import type { PriceKind } from './price-kind.ts';
import { providerKeyOf } from './price-kind.ts';
import type { Rate } from './rate.ts';
import { freeRate } from './rate.ts';
import { serviceTierOf } from './service-tier.ts';
import type { Timeline } from './timeline.ts';
import { buildTimeline } from './timeline.ts';
import type { UnitPrice } from './unit-price.ts';
import { add, FREE, scale, unitPriceOf } from './unit-price.ts';
import { boundariesOf, holdsAt, validityOf } from './validity.ts';

/** What a commitment costs in a period. */
export interface FixedFee {
  readonly card: string;
  readonly commitment: string;
  readonly costPicoUsd: PicoUsd;
}

/** The periods in which requests of a kind are covered; `null` if they never are. */
export function commitmentTimeline(
  cards: readonly RateCard[],
  kind: PriceKind,
): Timeline<Rate | null> | null {
  const covering = cards.flatMap((card) =>
    (card.commitments ?? [])
      .filter((commitment) => covers(commitment, kind))
      .map((commitment) => {
        const identity = {
          source: 'card',
          version: card.version,
          id: `${card.name}: ${commitment.name}`,
        } as const;
        return { rate: freeRate(identity), validity: validityOf(commitment.from, commitment.until) };
      }),
  );
  if (covering.length === 0) return null;
  const starts = covering.flatMap(({ validity }) => boundariesOf(validity));
  return buildTimeline(starts, [], (epochSeconds) => {
    return covering.find(({ validity }) => holdsAt(validity, epochSeconds))?.rate ?? null;
  });
}

function covers(commitment: CardCommitment, kind: PriceKind): boolean {
  if (commitment.provider !== '*' && providerKeyOf(commitment.provider) !== kind.providerKey) return false;
  if (commitment.tier !== undefined && serviceTierOf(commitment.tier) !== kind.tier) return false;
  return kind.models.some((model) => matchesGlob(commitment.model ?? '*', model));
}

/**
 * The fees of all commitments between two instants: the share of each hour, day or
 * calendar month (UTC) that lies within, exactly, rounded half-even once per commitment.
 */
export function fixedFees(
  cards: readonly RateCard[],
  fromEpochSeconds: number,
  untilEpochSeconds: number,
): FixedFee[] {
  return cards.flatMap((card) =>
    (card.commitments ?? []).map((commitment) => {
      const fee = feeBetween(card, commitment, fromEpochSeconds, untilEpochSeconds);
      const costPicoUsd = divideHalfEven(fee.numerator, fee.denominator);
      return { card: card.name, commitment: commitment.name, costPicoUsd };
    }),
  );
}

function feeBetween(card: RateCard, commitment: CardCommitment, from: number, until: number): UnitPrice {
  const validity = validityOf(commitment.from, commitment.until);
  const currency = commitment.currency ?? card.currency ?? 'USD';
  const rates = exchangeRatesOf(card, currency);
  const fee = unitPriceOf(commitment.fee, 1) ?? FREE;
  let total = FREE;
  let start = Math.max(from, validity.fromEpochSeconds);
  const end = Math.min(until, validity.untilEpochSeconds);
  while (start < end) {
    const unit = unitAround(start, commitment.per);
    const change = rates.find((rate) => rate.fromEpochSeconds > start)?.fromEpochSeconds ?? end;
    const stop = Math.min(end, unit.untilEpochSeconds, change);
    const share = {
      numerator: BigInt(stop - start),
      denominator: BigInt(unit.untilEpochSeconds - unit.fromEpochSeconds),
    };
    const exchange = usdPerUnitAt(rates, currency, start);
    if (exchange) total = add(total, scale(scale(fee, share), exchange));
    start = stop;
  }
  return total;
}

/** The hour, day or month (UTC) that an instant lies in. */
function unitAround(
  epochSeconds: number,
  per: CardCommitment['per'],
): { fromEpochSeconds: number; untilEpochSeconds: number } {
  if (per !== 'month') {
    const length = per === 'hour' ? 3600 : 86_400;
    const fromEpochSeconds = Math.floor(epochSeconds / length) * length;
    return { fromEpochSeconds, untilEpochSeconds: fromEpochSeconds + length };
  }
  const date = new Date(epochSeconds * 1000);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  return {
    fromEpochSeconds: Date.UTC(year, month, 1) / 1000,
    untilEpochSeconds: Date.UTC(year, month + 1, 1) / 1000,
  };
}
