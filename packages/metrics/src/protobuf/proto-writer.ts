/**
 * Writes the protobuf wire format by hand: tags, varints, doubles, strings and
 * nested messages, into one buffer that grows. Only what the messages of this
 * package need.
 */

const encoder = new TextEncoder();
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
/** Strings up to this length are copied character by character, which is faster than the encoder. */
const SHORT_STRING = 48;

/** A message under construction. */
export class ProtoWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes have been written. */
  get length(): number {
    return this.#length;
  }

  /** A copy of what has been written; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** An unsigned whole number up to 2^64; exact up to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** A uint32, uint64 or enum field. */
  uint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.varint(value);
  }

  /** A bool field. */
  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  /** An int32 or int64 field; negative numbers take ten bytes. */
  int(field: number, value: number): void {
    this.#tag(field, VARINT);
    if (value >= 0) this.varint(value);
    else this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
  }

  /** An int64 or uint64 field beyond 2^53. */
  bigint(field: number, value: bigint): void {
    this.#tag(field, VARINT);
    this.#bigVarint(BigInt.asUintN(64, value));
  }

  #bigVarint(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  /** A sint32 or sint64 field (zigzag). */
  sint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.zigzag(value);
  }

  /** A zigzag number without tag, for packed fields. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  /** A double field. */
  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.rawDouble(value);
  }

  /** A double without tag, for packed fields. */
  rawDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A fixed64 field. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64);
    this.rawFixed64(value);
  }

  /** A fixed64 without tag, for packed fields. */
  rawFixed64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
  }

  /** A string field. */
  string(field: number, value: string): void {
    this.#tag(field, BYTES);
    if (value.length > SHORT_STRING || !this.#shortString(value)) {
      this.#reserve(5 + value.length * 3);
      const start = this.#open();
      this.#length += encoder.encodeInto(value, this.#bytes.subarray(this.#length)).written;
      this.#close(start);
    }
  }

  /** Writes a string of ASCII with its length; false, with nothing written, if it is not ASCII. */
  #shortString(value: string): boolean {
    this.#reserve(1 + value.length);
    let at = this.#length + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#bytes[at++] = code;
    }
    this.#bytes[this.#length] = value.length;
    this.#length = at;
    return true;
  }

  /** A bytes field. */
  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, BYTES);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** Begins a nested message or packed field; give the result to `endMessage`. */
  beginMessage(field: number): number {
    this.#tag(field, BYTES);
    return this.#open();
  }

  /** Begins a message that stands alone behind its length, as in a delimited stream. */
  beginDelimited(): number {
    return this.#open();
  }

  /** Ends what `beginMessage` or `beginDelimited` began. */
  endMessage(start: number): void {
    this.#close(start);
  }

  /** One byte is kept for the length; the content moves up if the length needs more. */
  #open(): number {
    this.#reserve(1);
    return ++this.#length;
  }

  #close(start: number): void {
    const size = this.#length - start;
    if (size < 0x80) {
      this.#bytes[start - 1] = size;
      return;
    }
    let extra = 1;
    while (size >= 2 ** (7 * (extra + 1))) extra++;
    this.#reserve(extra);
    this.#bytes.copyWithin(start + extra, start, this.#length);
    const end = this.#length + extra;
    this.#length = start - 1;
    this.varint(size);
    this.#length = end;
  }
}
