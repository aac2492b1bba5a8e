/**
 * The number grammar of OpenMetrics and of the classic text format: decimal
 * digits only, no hexadecimal, no separators, no surrounding blanks.
 */

const REAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const NOT_A_NUMBER = /^nan$/i;
/** Fifteen digits are exact in a double, however they are added up. */
const EXACT_DIGITS = 15;

/**
 * The finite number written at [start, end), or undefined if there is none.
 * A number too large for a double is refused, as the specification demands.
 */
export function parseReal(text: string, start: number, end: number): number | undefined {
  if (end > start && end - start <= EXACT_DIGITS) {
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === end) return value;
  }
  const token = text.slice(start, end);
  if (!REAL.test(token)) return undefined;
  const value = Number(token);
  return Number.isFinite(value) ? value : undefined;
}

/** The number written at [start, end), which may be infinite or NaN, or undefined if there is none. */
export function parseNumber(text: string, start: number, end: number): number | undefined {
  const real = parseReal(text, start, end);
  if (real !== undefined) return real;
  const token = text.slice(start, end);
  if (NOT_A_NUMBER.test(token)) return Number.NaN;
  if (!INFINITE.test(token)) return undefined;
  return token.charCodeAt(0) === 0x2d ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Tokens longer than this, or with larger exponents, are compared as doubles only. */
const EXACT_TOKEN_LENGTH = 100;
const EXACT_EXPONENT = 400;

/**
 * The sign of a - b for two real numbers as text that are equal as doubles,
 * exactly, so that digits beyond a double's precision still count. Tokens of
 * absurd size count as equal, since comparing them would cost too much.
 */
export function compareReals(a: string, b: string): number {
  const left = scaled(a);
  const right = scaled(b);
  if (left === undefined || right === undefined) return 0;
  const scale = Math.min(left.scale, right.scale);
  const difference =
    left.digits * 10n ** BigInt(left.scale - scale) - right.digits * 10n ** BigInt(right.scale - scale);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function scaled(token: string): { digits: bigint; scale: number } | undefined {
  const [mantissa = '', exponent = '0'] = token.toLowerCase().split('e');
  if (token.length > EXACT_TOKEN_LENGTH || Math.abs(Number(exponent)) > EXACT_EXPONENT) return undefined;
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = BigInt(`${whole.replace(/^[+-]/, '')}${fraction}`);
  return { digits: whole.startsWith('-') ? -digits : digits, scale: Number(exponent) - fraction.length };
}
