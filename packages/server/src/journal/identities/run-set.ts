/**
 * The sealed runs of a directory. There is no list of them on disk: a run's name
 * says which range of sequence numbers it holds, and one whose range lies within
 * another's has been merged into that one. So a merge takes effect with the one
 * rename of its outcome, wherever the process dies. A damaged run is renamed so
 * that it is seen, yet still asked as far as it can be read.
 */
import { join } from 'node:path';
import { reading, writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { FILTER_BLOCK_BYTES } from './filter.ts';
import { PageCache } from './page-cache.ts';
import type { DamagedPart } from './run.ts';
import { Run } from './run.ts';
import type { RunHeader } from './run-format.ts';

const RUN_NAME = /^run-(\d{12})-(\d{12})\.ids(\.quarantined)?$/;
const UNFINISHED = '.unfinished';
const QUARANTINED = '.quarantined';

/** A run file that was found damaged. */
export interface QuarantinedRun {
  readonly name: string;
  readonly part: DamagedPart | 'seed';
  /** False if nothing of it can be asked any more. */
  readonly consulted: boolean;
  /** Identities it held, 0 if not even that can be read. */
  readonly entries: number;
}

/** What the runs are opened with. */
export interface RunSetOptions {
  readonly directory: string;
  readonly files: IdentityFiles;
  /** Bytes that filters and fences may take in memory. */
  readonly filterBytesMax: number;
  /** Pages of the cache, a power of two. */
  readonly cachePages: number;
}

/** The open runs, oldest first. */
export class RunSet {
  readonly runs: Run[] = [];
  readonly quarantined: QuarantinedRun[] = [];
  private readonly options: RunSetOptions;
  private readonly cache: PageCache;
  private nextSequence = 1;

  constructor(options: RunSetOptions) {
    this.options = options;
    this.cache = new PageCache(options.cachePages);
  }

  /** Opens all runs of the directory, and removes what an interrupted seal or merge has left. */
  open(seedOf: (newest: RunHeader | null) => Uint32Array): void {
    const { directory, files } = this.options;
    const found: { name: string; first: number; last: number }[] = [];
    for (const name of reading(() => files.list(directory))) {
      if (name.endsWith(UNFINISHED)) writing(() => files.remove(join(directory, name)));
      const match = RUN_NAME.exec(name);
      if (match) found.push({ name, first: Number(match[1]), last: Number(match[2]) });
    }
    // The widest range of those that end alike comes first, so what it replaces is met after it.
    found.sort((a, b) => b.last - a.last || a.first - b.first || a.name.length - b.name.length);
    for (const { name, first, last } of found) {
      this.nextSequence = Math.max(this.nextSequence, last + 1);
      if (this.isReplaced(first, last)) writing(() => files.remove(join(directory, name)));
      else this.openOne(name);
    }
    this.runs.reverse();
    const seed = seedOf(this.runs.at(-1)?.header ?? null);
    const foreign = this.runs.filter(({ header }) => header.seed.some((word, index) => word !== seed[index]));
    for (const run of foreign) this.dropForeign(run);
    this.allotFilters();
  }

  /** The highest block that sound runs cover, -1 if none. */
  get sealedBlock(): number {
    return this.runs.reduce(
      (highest, run) => (run.damage === null ? Math.max(highest, run.header.highestBlock) : highest),
      -1,
    );
  }

  /** A sequence number that no run has. */
  takeSequence(): number {
    return this.nextSequence++;
  }

  /** Where a run is written before it is named. */
  unfinishedPath(sequence: number): string {
    return join(this.options.directory, `run-${sequence}${UNFINISHED}`);
  }

  /** Gives a finished file its name, opens it and makes it the newest run. */
  adopt(unfinishedPath: string, header: RunHeader): void {
    const { directory, files } = this.options;
    const path = join(directory, nameOf(header));
    writing(() => {
      files.rename(unfinishedPath, path);
      files.syncDirectory(directory);
    });
    const opened = Run.open(this.context(), path);
    if ('run' in opened) this.runs.push(opened.run);
    else this.setAside(nameOf(header), opened.unusable, 0);
    this.allotFilters();
  }

  /** Removes the runs whose last arrival is before a time. */
  expireBefore(arrivalMs: number): number {
    const expired = this.runs.filter((run) => run.header.lastArrivalMs < arrivalMs);
    for (const run of expired) {
      writing(() => this.options.files.remove(run.path));
      this.runs.splice(this.runs.indexOf(run), 1);
      run.close();
    }
    if (expired.length > 0) this.allotFilters();
    return expired.length;
  }

  /** Bytes in memory: filters, fences and the page cache. */
  get memoryBytes(): number {
    return this.runs.reduce((sum, run) => sum + run.memoryBytes, this.cache.bytes.byteLength);
  }

  close(): void {
    for (const run of this.runs) run.close();
    this.runs.length = 0;
  }

  /**
   * Allots the memory for filters to the smallest first: every run is asked once
   * for a new identity, so a small filter in memory saves as much as a large one.
   * The first that does not fit is kept in part.
   */
  private allotFilters(): void {
    let left = this.options.filterBytesMax;
    for (const run of this.runs) left -= run.layout.fenceCount * 4;
    for (const run of this.runs.toSorted((a, b) => a.header.filterBlocks - b.header.filterBlocks)) {
      const blocks = Math.max(0, Math.min(run.header.filterBlocks, Math.floor(left / FILTER_BLOCK_BYTES)));
      run.loadFilter(blocks);
      left -= blocks * FILTER_BLOCK_BYTES;
    }
  }

  private isReplaced(first: number, last: number): boolean {
    return this.runs.some(
      ({ header, damage }) => damage === null && header.firstSequence <= first && header.lastSequence >= last,
    );
  }

  private openOne(name: string): void {
    const opened = Run.open(this.context(), join(this.options.directory, name));
    if ('unusable' in opened) {
      this.setAside(name, opened.unusable, 0);
      return;
    }
    this.runs.push(opened.run);
    if (name.endsWith(QUARANTINED)) opened.run.markDamaged('entries');
  }

  private dropForeign(run: Run): void {
    this.runs.splice(this.runs.indexOf(run), 1);
    run.close();
    this.rename(run);
    this.quarantined.push({
      name: run.path,
      part: 'seed',
      consulted: false,
      entries: run.header.entryCount,
    });
  }

  private setAside(name: string, part: DamagedPart, entries: number): void {
    this.rename({ path: join(this.options.directory, name) });
    this.quarantined.push({ name, part, consulted: false, entries });
  }

  /** Marks a damaged file by its name. Should that fail, the run is still reported, and marked when it is met again. */
  private rename(file: { path: string }): void {
    const { directory, files } = this.options;
    if (file.path.endsWith(QUARANTINED)) return;
    const path = `${file.path}${QUARANTINED}`;
    try {
      files.rename(file.path, path);
      file.path = path;
      files.syncDirectory(directory);
    } catch {
      // A look-up must not fail for want of a name.
    }
  }

  private context() {
    return {
      files: this.options.files,
      cache: this.cache,
      onDamage: (run: Run, part: DamagedPart) => {
        const { entryCount: entries } = run.header;
        this.quarantined.push({ name: nameOf(run.header), part, consulted: true, entries });
        this.rename(run);
      },
    };
  }
}

/** The name of a run's file. */
export function nameOf(header: RunHeader): string {
  return `run-${twelveDigits(header.firstSequence)}-${twelveDigits(header.lastSequence)}.ids`;
}

function twelveDigits(sequence: number): string {
  return String(sequence).padStart(12, '0');
}
