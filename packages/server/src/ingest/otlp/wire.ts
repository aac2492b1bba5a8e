/**
 * Reads protobuf where it lies, field by field, so that what nobody wants is stepped
 * over and never made. Hand-written since it runs for every span: nothing is copied,
 * and texts that come again and again are made once.
 *
 * Source: protobuf.dev, "Encoding". Groups are refused: OTLP has none.
 */

import { isUtf8 } from 'node:buffer';

/** Bytes that are not what their format says. */
export class MalformedOtlp extends Error {
  override readonly name = 'MalformedOtlp';
}

/** The wire types that OTLP uses. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** How deep lists and maps may lie in each other. */
export const VALUE_DEPTH_MAX = 64;

/** Texts up to this many bytes are looked up before they are made. */
const KNOWN_BYTES_MAX = 48;
const KNOWN_TEXTS = 4096;
const ASCII_MAX = 0x7f;
/** The highest field number that protobuf knows. */
const FIELD_MAX = 536_870_911;

/** A place in a body, and what reads from there. */
export class WireReader {
  readonly bytes: Buffer;
  /** The next byte. */
  at = 0;
  /** The end of the message that is being read. */
  end: number;
  /** The wire type of the field that was begun last. */
  wireType = 0;
  readonly #known: (string | undefined)[] = Array.from({ length: KNOWN_TEXTS });

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Begins the next field and gives its number; 0 at the end of the message. */
  next(): number {
    if (this.at >= this.end) return 0;
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (field === 0 || field > FIELD_MAX) throw new MalformedOtlp('There is no such field number.');
    return field;
  }

  /** Whether the field that was just begun has a wire type; another one is a fault. */
  expect(wireType: number): void {
    if (this.wireType !== wireType)
      throw new MalformedOtlp(`A field has the wire type ${this.wireType} instead of ${wireType}.`);
  }

  /** An unsigned integer. Beyond 2^53 it is near, not exact. */
  varint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= end) break;
      const byte = bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte <= ASCII_MAX) return value;
      scale *= 128;
    }
    throw new MalformedOtlp('An integer does not end.');
  }

  /** A signed 64-bit integer as `int64` fields have it; beyond 2^53 near, not exact. */
  int64(): number {
    // Negative numbers are 64-bit two's complement, beyond what a double holds, so the halves are put together apart.
    const parts = [0, 0, 0];
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) break;
      const byte = this.bytes[this.at++] ?? 0;
      const part = Math.floor(count / 4);
      parts[part] = (parts[part] ?? 0) | ((byte & 0x7f) << (7 * (count % 4)));
      if (byte <= ASCII_MAX) {
        const [low = 0, middle = 0, high = 0] = parts;
        return ((middle >>> 4) | (high << 24)) * 2 ** 32 + ((low | (middle << 28)) >>> 0);
      }
    }
    throw new MalformedOtlp('An integer does not end.');
  }

  /** A signed integer in zigzag form. */
  sint32(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const at = this.#take(8);
    return this.bytes.readDoubleLE(at);
  }

  fixed64(): bigint {
    const at = this.#take(8);
    return this.bytes.readBigUInt64LE(at);
  }

  /** The same as a double: exact up to 2^53. */
  fixed64Number(): number {
    const at = this.#take(8);
    return this.bytes.readUInt32LE(at + 4) * 2 ** 32 + this.bytes.readUInt32LE(at);
  }

  sfixed64Number(): number {
    const at = this.#take(8);
    return this.bytes.readInt32LE(at + 4) * 2 ** 32 + this.bytes.readUInt32LE(at);
  }

  /** Enters a message; give what it returns to {@link leave} at its end. */
  enter(): number {
    this.expect(wire.bytes);
    const length = this.varint();
    const outer = this.end;
    if (this.at + length > outer) throw new MalformedOtlp('A field is longer than its message.');
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Steps over the value of the field that was just begun. */
  skip(): void {
    switch (this.wireType) {
      case wire.varint:
        this.varint();
        return;
      case wire.fixed64:
        this.#take(8);
        return;
      case wire.bytes:
        this.#take(this.varint());
        return;
      case wire.fixed32:
        this.#take(4);
        return;
      default:
        throw new MalformedOtlp(`There is no wire type ${this.wireType}.`);
    }
  }

  /** Bytes as hexadecimal digits. */
  hex(): string {
    this.expect(wire.bytes);
    const length = this.varint();
    const at = this.#take(length);
    return this.bytes.toString('hex', at, at + length);
  }

  /** A text. */
  text(): string {
    this.expect(wire.bytes);
    const length = this.varint();
    const at = this.#take(length);
    const { bytes } = this;
    const end = at + length;
    let hash = length;
    let all = 0;
    for (let i = at; i < end; i++) {
      const byte = bytes[i] ?? 0;
      all |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (all > ASCII_MAX) {
      if (!isUtf8(bytes.subarray(at, end))) throw new MalformedOtlp('A text is not valid UTF-8.');
      return bytes.toString('utf8', at, end);
    }
    if (length > KNOWN_BYTES_MAX) return bytes.toString('latin1', at, end);
    const slot = (hash ^ (hash >>> 13)) & (KNOWN_TEXTS - 1);
    const known = this.#known[slot];
    if (known !== undefined && isText(known, bytes, at, end)) return known;
    const text = bytes.toString('latin1', at, end);
    this.#known[slot] = text;
    return text;
  }

  /** Moves on by some bytes, and gives where they begin. */
  #take(length: number): number {
    const { at } = this;
    if (at + length > this.end) throw new MalformedOtlp('A field is longer than its message.');
    this.at = at + length;
    return at;
  }
}

/** Whether bytes are an ASCII text. */
export function isText(text: string, bytes: Uint8Array, at: number, end: number): boolean {
  if (text.length !== end - at) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}
