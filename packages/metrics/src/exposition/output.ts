/** Where an exposition is gathered: as bytes or as a string. */
import type { TextBlock } from './text-block.ts';
import type { TimeSlice } from './time-slice.ts';

/** Takes the pieces of an exposition in their order. */
export interface Output {
  /** Plain text, such as the lines of a metric that is not kept in blocks. */
  text(text: string): void;
  /** Text that is kept as bytes. */
  header(bytes: Buffer): void;
  block(block: TextBlock): void;
}

const CHUNK_BYTES_MAX = 1 << 20;

/** Gathers bytes. */
export class ByteOutput implements Output {
  /** Chunks that are full, each with the bytes in use. */
  readonly #full: Buffer[] = [];
  #chunk: Buffer;
  #used = 0;
  #total = 0;

  /** `expected` is about how many bytes will come: what the last exposition had. */
  constructor(expected: number) {
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(1024, expected + (expected >> 5)));
  }

  text(text: string): void {
    this.header(Buffer.from(text));
  }

  header(bytes: Buffer): void {
    this.#room(bytes.length);
    bytes.copy(this.#chunk, this.#used);
    this.#used += bytes.length;
  }

  block(block: TextBlock): void {
    this.#room(block.length);
    block.bytes.copy(this.#chunk, this.#used, 0, block.length);
    this.#used += block.length;
  }

  /** All bytes in one piece. */
  async take(slice: TimeSlice): Promise<Buffer> {
    const last = this.#chunk.subarray(0, this.#used);
    if (this.#full.length === 0) return last;
    const whole = Buffer.allocUnsafeSlow(this.#total + last.length);
    let at = 0;
    for (const chunk of [...this.#full, last]) {
      if (slice.over) await slice.pause();
      chunk.copy(whole, at);
      at += chunk.length;
    }
    return whole;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#chunk.length) return;
    this.#full.push(this.#chunk.subarray(0, this.#used));
    this.#total += this.#used;
    const size = Math.min(this.#chunk.length * 2, CHUNK_BYTES_MAX);
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(size, bytes));
    this.#used = 0;
  }
}

/** Gathers a string. */
export class StringOutput implements Output {
  #text = '';

  text(text: string): void {
    this.#text += text;
  }

  header(bytes: Buffer): void {
    this.#text += bytes.toString();
  }

  block(block: TextBlock): void {
    const { bytes, length, ascii } = block;
    this.#text += bytes.toString(ascii ? 'latin1' : 'utf8', 0, length);
  }

  /** The whole text. */
  take(): string {
    return this.#text;
  }
}
