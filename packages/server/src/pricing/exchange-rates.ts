/**
 * Exchange rates of a card: dollars per unit of a currency, each from a date on.
 * The ledger is in dollars, and a past charge keeps the rate of its own day.
 */

import type { RateCard } from './card-schema.ts';
import type { UnitPrice } from './unit-price.ts';
import { parseFraction } from './unit-price.ts';
import { epochSecondsOf } from './validity.ts';

const ONE: UnitPrice = { numerator: 1n, denominator: 1n };

interface DatedRate {
  readonly fromEpochSeconds: number;
  readonly usdPerUnit: UnitPrice;
}

/** The rates of one currency in ascending order. */
export type ExchangeRates = readonly DatedRate[];

/** The rates of a currency; none for USD. */
export function exchangeRatesOf(card: RateCard, currency: string): ExchangeRates {
  if (currency === 'USD') return [];
  const rates: DatedRate[] = [];
  for (const [date, rate] of Object.entries(card.exchange_rates?.[currency] ?? {})) {
    const fromEpochSeconds = epochSecondsOf(date);
    const usdPerUnit = parseFraction(rate);
    if (fromEpochSeconds !== null && usdPerUnit !== null) rates.push({ fromEpochSeconds, usdPerUnit });
  }
  return rates.toSorted((a, b) => a.fromEpochSeconds - b.fromEpochSeconds);
}

/** Dollars per unit at an instant; before the first dated rate there is none, and so no price. */
export function usdPerUnitAt(rates: ExchangeRates, currency: string, epochSeconds: number): UnitPrice | null {
  if (currency === 'USD') return ONE;
  return rates.findLast((rate) => rate.fromEpochSeconds <= epochSeconds)?.usdPerUnit ?? null;
}
