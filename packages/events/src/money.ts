/**
 * Money as integer pico-dollars. One pico-dollar is 1e-12 USD: the price of one
 * token of a model at $0.000001 per million tokens. Amounts are bigint, since
 * 2^53 pico-dollars are only $9,007; nothing here ever passes through a float.
 */

/** An exact amount of money: 1e-12 USD per unit. */
export type PicoUsd = bigint;

/** Digits after the decimal point of a dollar amount. */
export const PICO_DIGITS = 12;

/** Pico-dollars in one dollar. */
export const PICO_PER_USD: PicoUsd = 10n ** 12n;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Reads a decimal dollar amount exactly, e.g. `"0.0000003"`, `3e-7` or `"12"`.
 * A number is read as the shortest decimal that denotes it, which is what its
 * author wrote. Digits below one pico-dollar are rounded half-even.
 *
 * @returns the amount, or `null` if the text is not a plain decimal number.
 * @example parseUsd('0.15') // 150_000_000_000n
 */
export function parseUsd(amount: string | number): PicoUsd | null {
  const text = typeof amount === 'number' ? String(amount) : amount;
  if (text.length > 64) return null;
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponentText] = match;
  if (whole === '' && fraction === '') return null;
  const exponent = exponentText === undefined ? 0 : Number(exponentText);
  if (Math.abs(exponent) > 60) return null;
  const digits = BigInt(whole + fraction);
  const shift = PICO_DIGITS + exponent - fraction.length;
  const magnitude =
    shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfEven(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -magnitude : magnitude;
}

/**
 * Prints an amount as an exact decimal dollar string, with at least two digits
 * after the point and no further trailing zeros.
 *
 * @example formatUsd(150_000_000_000n) // '0.15'
 * @example formatUsd(300_000n) // '0.0000003'
 */
export function formatUsd(amount: PicoUsd): string {
  const negative = amount < 0n;
  const digits = (negative ? -amount : amount).toString().padStart(PICO_DIGITS + 1, '0');
  const whole = digits.slice(0, -PICO_DIGITS);
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, '').padEnd(2, '0');
  return `${negative ? '-' : ''}${whole}.${fraction}`;
}

/**
 * The quotient of two amounts rounded to the nearest integer, ties to the even
 * neighbour (IEEE 754 roundTiesToEven), so that rounding has no drift.
 *
 * @param divisor must be positive.
 */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n;
  const magnitude = negative ? -dividend : dividend;
  let quotient = magnitude / divisor;
  const twice = (magnitude % divisor) * 2n;
  if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) quotient += 1n;
  return negative ? -quotient : quotient;
}

/** The nearest double in dollars, for gauges and charts only; sums stay in pico-dollars. */
export function usdAsNumber(amount: PicoUsd): number {
  return Number(formatUsd(amount));
}
