/**
 * The files of an archive as the engine reads and writes them: as they are, or, where
 * there are keys, encrypted. What is written is encrypted with the newest key; what was
 * written without one, or with an older one, can be read as long as that is there.
 */

import { BellwetherError } from '@bellwether/events';
import { join } from 'node:path';
import {
  EncryptionError,
  type KeyRing,
  openSealedFile,
  readSealedHead,
  sealFile,
} from '../encryption/index.ts';
import type { ParquetFile } from '../ledger/connection.ts';

export class ArchiveFiles {
  readonly #ring: KeyRing | null;

  /** @param ring null for none. */
  constructor(ring: KeyRing | null) {
    this.#ring = ring;
  }

  /** The fingerprint of the key that new files are encrypted with; null if they are not. */
  get key(): string | null {
    return this.#ring?.newest.fingerprint ?? null;
  }

  /** The bytes of a file, to be written, from those of Parquet. */
  toWrite(file: string, parquet: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    return this.#ring === null ? parquet : sealFile(this.#ring.newest, file, parquet);
  }

  /**
   * A file as the engine can read it.
   *
   * @param file its name in the archive, which it is encrypted as.
   * @param path where it lies, if not there.
   */
  toRead(directory: string, file: string, path = join(directory, file)): ParquetFile {
    if (readSealedHead(path) === null) return path;
    return { open: () => this.parquet(path, file) };
  }

  /** The Parquet of an encrypted file. */
  async *parquet(path: string, file: string): AsyncGenerator<Uint8Array> {
    yield* told(openSealedFile(path, this.#ring, file));
  }
}

/** With what is wrong told as of an archive. */
async function* told(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (!(error instanceof EncryptionError)) throw error;
    throw new BellwetherError(
      'invalid_parameter',
      `${error.message}.`,
      { field: 'directory' },
      { cause: error },
    );
  }
}
