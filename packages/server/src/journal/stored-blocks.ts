/** How the payloads of blocks lie in the journal's database: as they are, or sealed; with a checksum of what lies there. */

import { crc32 } from 'node:zlib';
import { BlockSealer } from '../encryption/index.ts';
import type { BlockRow } from './journal-database.ts';
import type { JournalBlock } from './journal-state.ts';

/** What of a block is stored. */
export interface StoredPayload {
  readonly payload: Uint8Array;
  readonly checksum: number;
}

/** Makes what is stored of blocks, and blocks of that again. */
export class StoredBlocks {
  readonly #sealer: BlockSealer | null;

  /** @param key 32 bytes to seal payloads with; undefined to store them as they are. */
  constructor(key: Uint8Array | undefined, journalId: string) {
    this.#sealer = key === undefined ? null : new BlockSealer(key, journalId);
  }

  /** What is stored of a block. */
  of(block: JournalBlock): StoredPayload {
    const payload = this.#sealer?.seal(block.payload, block) ?? block.payload;
    return { payload, checksum: crc32(payload) };
  }

  /** The block of what is stored; null if that is damaged. */
  read(row: BlockRow): JournalBlock | null {
    if (crc32(row.payload) !== row.checksum) return null;
    const payload = this.#sealer === null ? row.payload : this.#sealer.open(row.payload, row);
    return payload === null ? null : { block: row.block, kind: row.kind, rows: row.rows, payload };
  }
}
