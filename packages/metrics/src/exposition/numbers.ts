/**
 * Numbers as the text formats write them: as text, and digit by digit into bytes,
 * since making a string for each of 100,000 values is most of what a scrape costs.
 */

const ZERO = 48;

/** A number as both formats write it: the shortest text that reads back as the same number. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * A number as OpenMetrics wants it in `le` and `quantile`: with a point or an
 * exponent, and the exponent in two digits, as Go's `%g` has it.
 */
export function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  const [mantissa, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  // Within this range String() never writes an exponent.
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** How many digits a whole number from 0 to 1e15 has; 0 for any other number. */
export function digitCount(value: number): number {
  if (!(value >= 0 && value < 1e15) || Math.floor(value) !== value) return 0;
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1e3) return 3;
  if (value < 1e4) return 4;
  if (value < 1e5) return 5;
  if (value < 1e6) return 6;
  if (value < 1e7) return 7;
  if (value < 1e8) return 8;
  if (value < 1e9) return 9;
  if (value < 1e10) return 10;
  if (value < 1e11) return 11;
  if (value < 1e12) return 12;
  if (value < 1e13) return 13;
  return value < 1e14 ? 14 : 15;
}

/** Writes a whole number from 0 to 1e15 so that its last digit is at `bytes[end - 1]`. */
export function writeDigits(bytes: Uint8Array, end: number, value: number): void {
  let at = end;
  let rest = value;
  // Whole numbers below 2^31 divide as integers; larger ones give off eight digits first.
  while (rest >= 1e9) {
    const high = Math.floor(rest / 1e8);
    let low = (rest - high * 1e8) | 0;
    for (let digit = 0; digit < 8; digit++) {
      const next = (low / 10) | 0;
      bytes[--at] = ZERO + low - next * 10;
      low = next;
    }
    rest = high;
  }
  let low = rest | 0;
  do {
    const next = (low / 10) | 0;
    bytes[--at] = ZERO + low - next * 10;
    low = next;
  } while (low > 0);
}
