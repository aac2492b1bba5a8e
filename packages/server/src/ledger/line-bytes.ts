/**
 * A growing buffer that JSON is written into byte by byte: texts, numbers, instants
 * and amounts as {@link writeRow} would print them. A text that is not plain ASCII, or
 * needs an escape, is refused, so that what is here has one byte for each character
 * and no case of its own.
 */

import { formatUsd, type Instant } from '@bellwether/events';
import { formatTimestamp } from './row.ts';

const encoder = new TextEncoder();

const INITIAL_BYTES = 512 * 1024;
/** A buffer that has grown beyond this is given up after use. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** The longest piece that is not a text: a double or an instant. */
const PIECE_BYTES_MAX = 48;

const [SPACE, QUOTE, BACKSLASH, ASCII_MAX] = [0x20, 0x22, 0x5c, 0x7e];
const [ZERO, COLON, POINT, NEWLINE] = [0x30, 0x3a, 0x2e, 0x0a];
/** Integers below this are written digit by digit in 32-bit arithmetic. */
const SMALL_INTEGERS = 1_000_000_000;
const PICO_PER_USD = 1_000_000_000_000;
const MILLION = 1_000_000;

/** ASCII that is written often, as bytes. */
export function asciiOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export class LineBytes {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #end = 0;
  #daySeconds = Number.NaN;
  #day: Uint8Array = new Uint8Array(0);

  /** How many bytes have been written. */
  get end(): number {
    return this.#end;
  }

  /** The buffer itself, which the next write may replace. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  /** What has been written, in memory of its own; what is written next begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#end);
    this.#end = 0;
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = new Uint8Array(INITIAL_BYTES);
    return taken;
  }

  /** Forgets what was written after `end`. */
  back(end: number): void {
    this.#end = end;
  }

  /** Pieces that {@link asciiOf} made. */
  ascii(piece: Uint8Array): void {
    this.#reserve(piece.length);
    const bytes = this.#bytes;
    let at = this.#end;
    // Not `set`: for a few bytes the call costs more than the copy.
    for (let i = 0; i < piece.length; i++) bytes[at++] = piece[i] as number;
    this.#end = at;
  }

  /** A text as UTF-8, as it stands. */
  utf8(text: string): void {
    this.#reserve(text.length * 3);
    this.#end += encoder.encodeInto(text, this.#bytes.subarray(this.#end)).written;
  }

  /** A text in quotes; false, with nothing of it written, if it is not plain ASCII or needs an escape. */
  quoted(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < SPACE || unit > ASCII_MAX || unit === QUOTE || unit === BACKSLASH) return false;
      bytes[at++] = unit;
    }
    bytes[at++] = QUOTE;
    this.#end = at;
    return true;
  }

  /** A text as it stands; false, with nothing of it written, if it is not plain ASCII. */
  plain(text: string): boolean {
    const { length } = text;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#end;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > ASCII_MAX) return false;
      bytes[at++] = unit;
    }
    this.#end = at;
    return true;
  }

  /** A number that is finite and not negative zero, as `String` prints it. */
  number(value: number): void {
    this.#reserve(PIECE_BYTES_MAX);
    if (value >= 0 && value < SMALL_INTEGERS && Math.floor(value) === value) this.#integer(value);
    else this.plain(String(value));
  }

  /** An amount in quotes, as `formatUsd` prints it. */
  money(pico: bigint): void {
    this.#reserve(PIECE_BYTES_MAX * 2);
    this.#bytes[this.#end++] = QUOTE;
    const amount = Number(pico);
    if (amount >= 0 && amount <= Number.MAX_SAFE_INTEGER) this.#dollars(amount);
    else this.plain(formatUsd(pico));
    this.#bytes[this.#end++] = QUOTE;
  }

  /** An instant in quotes, as the engine reads it. */
  instant(instant: Instant): void {
    this.#reserve(PIECE_BYTES_MAX);
    const { epochSeconds, nanoseconds } = instant;
    const start = epochSeconds - (epochSeconds % 86_400);
    if (start !== this.#daySeconds) {
      this.#day = asciiOf(formatTimestamp({ epochSeconds: start, nanoseconds: 0 }).slice(0, 11));
      this.#daySeconds = start;
    }
    const second = epochSeconds - start;
    this.#bytes[this.#end++] = QUOTE;
    this.ascii(this.#day);
    this.#digits((second / 3600) | 0, 2);
    this.#bytes[this.#end++] = COLON;
    this.#digits(((second / 60) | 0) % 60, 2);
    this.#bytes[this.#end++] = COLON;
    this.#digits(second % 60, 2);
    if (nanoseconds > 0) {
      this.#bytes[this.#end++] = POINT;
      this.#digits(nanoseconds, 9);
    }
    this.#bytes[this.#end++] = QUOTE;
  }

  endLine(): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = NEWLINE;
  }

  /** As many digits as the number has. */
  #integer(value: number): void {
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    this.#digits(value, digits);
  }

  /** A number below 10^9 with leading zeros. */
  #digits(value: number, digits: number): void {
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let at = this.#end + digits - 1; at >= this.#end; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#end += digits;
  }

  /** Pico-dollars below 2^53: whole dollars, a point, and the fraction without trailing zeros but two digits at the least. */
  #dollars(pico: number): void {
    const whole = Math.floor(pico / PICO_PER_USD);
    const fraction = pico - whole * PICO_PER_USD;
    this.#integer(whole);
    this.#bytes[this.#end++] = POINT;
    const least = this.#end + 2;
    const high = Math.floor(fraction / MILLION);
    this.#digits(high, 6);
    this.#digits(fraction - high * MILLION, 6);
    while (this.#end > least && this.#bytes[this.#end - 1] === ZERO) this.#end--;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + bytes));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
