/**
 * The price of one unit of a meter as an exact fraction of pico-dollars. Most
 * prices are whole pico-dollars per token ($0.15 per million is 150,000), but not
 * all: $0.0000375 per thousand, a third of a price, an exchange rate. Only the
 * charge of a whole meter is rounded, once.
 */

import type { PicoUsd } from '@bellwether/events';
import { divideHalfEven, PICO_PER_USD } from '@bellwether/events';

/** Pico-dollars per unit: `numerator / denominator`, reduced, the denominator positive. */
export interface UnitPrice {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The price of what is free. */
export const FREE: UnitPrice = { numerator: 0n, denominator: 1n };

const DECIMAL = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * Reads a non-negative decimal exactly. A number is read as the shortest decimal
 * that denotes it, which is what its author wrote.
 *
 * @returns the fraction, or `null` if the text is not a plain non-negative decimal.
 */
export function parseFraction(amount: string | number): UnitPrice | null {
  const text = String(amount);
  const match = text.length > 64 ? null : DECIMAL.exec(text);
  if (!match) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length;
  return shift >= 0 ? reduce(digits * 10n ** BigInt(shift), 1n) : reduce(digits, 10n ** BigInt(-shift));
}

/**
 * The unit price of a meter that costs so many dollars per so many units.
 *
 * @returns `null` if the amount is not a plain non-negative decimal.
 * @example unitPriceOf(0.15, 1_000_000) // 150,000 pico-dollars per token
 */
export function unitPriceOf(amountUsd: string | number, perUnits: number): UnitPrice | null {
  const amount = parseFraction(amountUsd);
  return amount && reduce(amount.numerator * PICO_PER_USD, amount.denominator * BigInt(perUnits));
}

/** The product of a price and a factor, e.g. a discount, exactly. */
export function scale(price: UnitPrice, factor: UnitPrice): UnitPrice {
  return reduce(price.numerator * factor.numerator, price.denominator * factor.denominator);
}

/** The sum of two prices, where the first may be missing. */
export function add(price: UnitPrice | undefined, more: UnitPrice): UnitPrice {
  if (price === undefined) return more;
  const numerator = price.numerator * more.denominator + more.numerator * price.denominator;
  return reduce(numerator, price.denominator * more.denominator);
}

/** What a quantity costs at a price, rounded half-even to the pico-dollar. */
export function costOf(price: UnitPrice, quantity: number): PicoUsd {
  if (Number.isSafeInteger(quantity)) {
    return divideHalfEven(price.numerator * BigInt(quantity), price.denominator);
  }
  const exact = parseFraction(quantity) ?? FREE;
  return divideHalfEven(price.numerator * exact.numerator, price.denominator * exact.denominator);
}

/** The price as whole pico-dollars in a double, or NaN if it is not whole or too large to be exact. */
export function wholePicoUsd(price: UnitPrice): number {
  const whole = price.denominator === 1n && price.numerator <= BigInt(Number.MAX_SAFE_INTEGER);
  return whole ? Number(price.numerator) : Number.NaN;
}

/** Prints a unit price in dollars: exact where the decimal ends within 30 digits, else cut there. */
export function formatUnitPrice(price: UnitPrice): string {
  const digits = 30;
  const scaled = (price.numerator * 10n ** BigInt(digits)) / (price.denominator * PICO_PER_USD);
  const text = scaled.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '').padEnd(2, '0');
  return `${text.slice(0, -digits)}.${fraction}`;
}

function reduce(numerator: bigint, denominator: bigint): UnitPrice {
  let a = numerator;
  let b = denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? FREE : { numerator: numerator / a, denominator: denominator / a };
}
