/**
 * Money on the way to a counter. Nearly every charge is below 9,007 dollars, and then
 * its pico-dollars are an integer that a double holds exactly: adding such numbers
 * costs a nanosecond and allocates nothing, where adding bigints does both.
 */

import { PICO_DIGITS, parseUsd, usdAsNumber } from '../../money.ts';

/** Exact pico-dollars: a safe integer where there is one, else a bigint. Not negative. */
export type PicoAmount = number | bigint;

const PICO_PER_USD = 1e12;
const ZERO = 48;
const POINT = 46;

/**
 * Reads a decimal dollar amount exactly. Plain amounts such as `0.00125`, as the
 * ledger writes them, are read digit by digit.
 *
 * @returns undefined if the text is no amount or a negative one.
 */
export function picoAmountOf(text: string): PicoAmount | undefined {
  let pico = 0;
  let fraction = -1;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0 && digit <= 9 && fraction < PICO_DIGITS) {
      pico = pico * 10 + digit;
      if (fraction >= 0) fraction++;
    } else if (digit === POINT - ZERO && fraction < 0) fraction = 0;
    else return slowAmountOf(text);
  }
  if (text === '' || text === '.') return undefined;
  for (let digits = Math.max(0, fraction); digits < PICO_DIGITS; digits++) pico *= 10;
  return Number.isSafeInteger(pico) ? pico : slowAmountOf(text);
}

/** A dollar amount that is a double, as the exact pico-dollars nearest to it; undefined unless it is 0 or more. */
export function picoAmountOfNumber(usd: number): PicoAmount | undefined {
  if (!(usd >= 0 && usd < Infinity)) return undefined;
  const pico = Math.round(usd * PICO_PER_USD);
  return Number.isSafeInteger(pico) ? pico : slowAmountOf(String(usd));
}

/** An amount in dollars as the nearest double. */
export function usdOf(amount: PicoAmount): number {
  return typeof amount === 'number' ? amount / PICO_PER_USD : usdAsNumber(amount);
}

function slowAmountOf(text: string): PicoAmount | undefined {
  const amount = parseUsd(text);
  if (amount === null || amount < 0n) return undefined;
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount;
}
