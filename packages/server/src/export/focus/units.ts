/**
 * The units of meters as FOCUS spells them, and exact decimals for them: quantities
 * and prices are read from and written as decimal text and never pass through a float.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { isTokenMeter, type Meter } from '../../pricing/meters.ts';

/** What a meter is consumed in, and what it is priced in. */
export interface MeterUnits {
  readonly consumed: string;
  readonly priced: string;
  /** How many decimal places the priced unit is above the consumed one. */
  readonly shift: number;
}

const TOKENS: MeterUnits = { consumed: 'Tokens', priced: '1000000 Tokens', shift: 6 };

const others: Readonly<Record<string, string>> = {
  requests: 'Requests',
  request_seconds: 'Seconds',
  audio_seconds: 'Seconds',
  input_audio_seconds: 'Seconds',
  output_audio_seconds: 'Seconds',
  document_pages: 'Pages',
  annotated_document_pages: 'Pages',
  input_characters: 'Characters',
  input_pixels: 'Pixels',
  text_messages: 'Messages',
  code_executions: 'Executions',
};

/** The units of a meter. A search of any kind is one. */
export function unitsOf(meter: Meter): MeterUnits {
  if (isTokenMeter(meter)) return TOKENS;
  const unit = others[meter] ?? 'Searches';
  return { consumed: unit, priced: unit, shift: 0 };
}

/** A quantity in units of 1e-12, exactly as its shortest decimal says. */
export function picoQuantity(quantity: number): bigint {
  return parseUsd(quantity) ?? 0n;
}

/** That as plain decimal text, `shift` places further down, e.g. tokens as millions of tokens. */
export function quantityText(pico: bigint, shift = 0): string {
  return shiftDecimal(formatUsd(pico), -shift);
}

/** Moves the point of a plain decimal: to the right for a positive number of places. */
export function shiftDecimal(text: string, places: number): string {
  const [whole = '0', fraction = ''] = text.split('.');
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = point <= 0 ? 1 : point;
  const tail = padded.slice(at).replace(/0+$/, '');
  const head = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  return tail === '' ? head : `${head}.${tail}`;
}
