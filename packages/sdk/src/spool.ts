/**
 * Batches on disk: what memory cannot hold while the server is away, and what is
 * left when the process ends. Each process writes into a folder of its own, and
 * takes over the folders of processes that have ended. A batch is deleted when the
 * server has answered for it; one that is sent twice is harmless, since its events
 * have ids.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch } from './batch.ts';
import { SPOOL_BYTES_MAX, type SpoolOptions } from './options.ts';

/** A batch of the spool. */
export interface SpooledBatch {
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
}

/** `sequence-events.ndjson.gz`; what is being written has another ending. */
const FILE = /^(\d{12})-(\d+)\.ndjson\.gz$/;
/** `pid-random`. */
const FOLDER = /^(\d+)-[0-9a-f]{12}$/;

/** The batches on disk, oldest first. */
export class Spool {
  readonly #directory: string;
  readonly #own: string;
  readonly #bytesMax: number;
  readonly #waiting: SpooledBatch[] = [];
  #bytes = 0;
  #events = 0;
  #sequence = 0;

  /** Opens the spool and takes over what ended processes have left. Throws if the directory cannot be used. */
  constructor({ directory, bytesMax = SPOOL_BYTES_MAX }: SpoolOptions) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#own = join(directory, `${process.pid}-${randomBytes(6).toString('hex')}`);
    mkdirSync(this.#own, { mode: 0o700 });
    for (const name of readdirSync(directory).toSorted()) this.#takeOver(name);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get events(): number {
    return this.#events;
  }

  /** The batch that has waited longest. */
  get oldest(): SpooledBatch | undefined {
    return this.#waiting[0];
  }

  /** True if the bound leaves room for a batch. */
  hasRoomFor(batch: Batch): boolean {
    return this.#bytes + batch.body.length <= this.#bytesMax;
  }

  /** Puts a batch on disk, synced. Rejects if the disk does not take it. */
  async write(batch: Batch): Promise<void> {
    const file = this.#nextFile(batch.events);
    const handle = await open(`${file}.part`, 'w', 0o600);
    try {
      await handle.writeFile(batch.body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.part`, file);
    this.#add(file, batch.events, batch.body.length);
  }

  /** The same at once, for when the process ends. */
  writeNow(batch: Batch): void {
    const file = this.#nextFile(batch.events);
    writeFileSync(`${file}.part`, batch.body, { mode: 0o600, flush: true });
    renameSync(`${file}.part`, file);
    this.#add(file, batch.events, batch.body.length);
  }

  async read({ file, events }: SpooledBatch): Promise<Batch> {
    return { body: Uint8Array.from(await readFile(file)), events };
  }

  /** Forgets the oldest batch. */
  async removeOldest(): Promise<void> {
    const batch = this.#waiting.shift();
    if (batch === undefined) return;
    this.#bytes -= batch.bytes;
    this.#events -= batch.events;
    await rm(batch.file, { force: true });
  }

  /** Removes this process's folder if nothing is left in it. */
  close(): void {
    try {
      rmdirSync(this.#own);
    } catch {
      // What is in it waits for the next process.
    }
  }

  #nextFile(events: number): string {
    this.#sequence += 1;
    return join(this.#own, `${String(this.#sequence).padStart(12, '0')}-${events}.ndjson.gz`);
  }

  #add(file: string, events: number, bytes: number): void {
    this.#waiting.push({ file, events, bytes });
    this.#bytes += bytes;
    this.#events += events;
  }

  /** Moves the batches of an ended process here. Of several that try, one gets each file. */
  #takeOver(name: string): void {
    const pid = Number(FOLDER.exec(name)?.[1]);
    const folder = join(this.#directory, name);
    if (!Number.isInteger(pid) || folder === this.#own || (pid !== process.pid && isRunning(pid))) return;
    for (const file of list(folder)) {
      const events = Number(FILE.exec(file)?.[2]);
      if (!Number.isInteger(events)) continue;
      const moved = this.#nextFile(events);
      try {
        renameSync(join(folder, file), moved);
        this.#add(moved, events, statSync(moved).size);
      } catch {
        // Another process was faster.
      }
    }
    try {
      rmdirSync(folder);
    } catch {
      // A batch that was never finished lies in it.
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

/** In a container every process may have the same number: our own is taken for an earlier process. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
