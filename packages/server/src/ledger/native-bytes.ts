/**
 * A growing buffer that writes the pieces of ClickHouse's Native format: integers
 * little-endian, lengths as LEB128, texts with their length.
 *
 * Source: ClickHouse documentation, "Native format" and "Binary encoding of types".
 */

const INITIAL_BYTES = 1024 * 1024;
const ASCII_MAX = 0x7f;

export class NativeBytes {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;

  /** What has been written; valid until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** An unsigned integer of any size up to 2^53 − 1, seven bits a byte. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > ASCII_MAX) {
      this.#bytes[this.#end++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#end++] = rest;
  }

  /** A non-negative integer up to 2^53 − 1 as UInt64. */
  uint64(value: number): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeUInt32LE(value % 2 ** 32, this.#end);
    this.#end = this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#end);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeUInt32LE(value, this.#end);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeBigInt64LE(value, this.#end);
  }

  /** A 128-bit integer, as Decimal(38, …) is stored. */
  int128(value: bigint): void {
    this.#reserve(16);
    this.#end = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#end);
    this.#end = this.#bytes.writeBigInt64LE(value >> 64n, this.#end);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeDoubleLE(value, this.#end);
  }

  /** A text: its length in bytes, then its UTF-8. */
  text(value: string): void {
    const { length } = value;
    this.#reserve(length * 3 + 8);
    if (length <= ASCII_MAX && this.#ascii(value, length)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#end += this.#bytes.write(value, this.#end, 'utf8');
  }

  /** Short ASCII is written unit by unit: a call into native code would cost more. False if it is not ASCII. */
  #ascii(value: string, length: number): boolean {
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > ASCII_MAX) return false;
      bytes[at++] = unit;
    }
    this.#end = at;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
