/**
 * How far the journal had come, in a small file beside it. SQLite passes over the end
 * of a log that was cut short as if it had never been written; this file still knows of
 * it. It is written after each commit and not synced: after a power cut it may be
 * behind, which says nothing, and it is never ahead of what was acknowledged.
 */

import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const BYTES = 28;

/** The last block, the last row number, and how many events were ever accepted. */
export interface HighWater {
  readonly block: number;
  readonly seq: number;
  readonly events: number;
}

/** Reads the mark; null if there is none, or it is damaged. */
export function readHighWater(path: string): HighWater | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return null;
  }
  if (bytes.length !== BYTES || crc32(bytes.subarray(0, BYTES - 4)) !== bytes.readUInt32LE(BYTES - 4))
    return null;
  const [block, seq, events] = [bytes.readDoubleLE(0), bytes.readDoubleLE(8), bytes.readDoubleLE(16)];
  return [block, seq, events].every(Number.isSafeInteger) ? { block, seq, events } : null;
}

/** Writes the mark, always at the same place. */
export class HighWaterMark {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(BYTES);

  constructor(path: string) {
    // Not emptied: what it says holds until the next commit.
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  set({ block, seq, events }: HighWater): void {
    const bytes = this.#bytes;
    bytes.writeDoubleLE(block, 0);
    bytes.writeDoubleLE(seq, 8);
    bytes.writeDoubleLE(events, 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, BYTES - 4)), BYTES - 4);
    try {
      writeSync(this.#file, bytes, 0, BYTES, 0);
    } catch {
      // It only ever tells of a loss; what is acknowledged does not depend on it.
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}
