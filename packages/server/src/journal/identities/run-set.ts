/**
 * The sealed runs of a directory. There is no list of them on disk: a run's name
 * says which range of sequence numbers it holds, and one whose range lies within
 * another's has been merged into that one. So a merge takes effect with the one
 * rename of its outcome, wherever the process dies. A damaged run is renamed so
 * that it is seen, yet still asked as far as it can be read.
 */
import { basename, join } from 'node:path';
import { IdentityStoreError, reading, writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { PageCache } from './page-cache.ts';
import type { QuarantinedRun, UnusableRun } from './quarantine.ts';
import { CONDEMNED, REMOVAL_STEP_BYTES, Removal } from './removal.ts';
import type { RunContext } from './run.ts';
import { Run } from './run.ts';
import type { RunHeader } from './run-format.ts';
import type { BuiltRun } from './run-writer.ts';

const RUN_NAME = /^run-(\d{12})-(\d{12})\.ids(\.quarantined)?$/;
const UNFINISHED = '.unfinished';
const QUARANTINED = '.quarantined';

/** What the runs are opened with. */
export interface RunSetOptions {
  readonly directory: string;
  readonly files: IdentityFiles;
  /** Pages of the cache, a power of two. */
  readonly cachePages: number;
  /** Bytes of a file that are removed at once. Default 64 MiB. */
  readonly removalStepBytes?: number;
}

/** The open runs, oldest first. */
export class RunSet {
  readonly runs: Run[] = [];
  readonly directory: string;
  /** The files that are still to be removed. */
  readonly removal: Removal;
  private readonly unusable: UnusableRun[] = [];
  private readonly files: IdentityFiles;
  private readonly cache: PageCache;
  private readonly context: RunContext;
  private nextSequence = 1;

  constructor(options: RunSetOptions) {
    this.directory = options.directory;
    this.files = options.files;
    this.removal = new Removal(options.files, options.removalStepBytes ?? REMOVAL_STEP_BYTES);
    this.cache = new PageCache(options.cachePages);
    this.context = {
      files: this.files,
      cache: this.cache,
      onDamage: (run) => this.rename(run),
    };
  }

  /**
   * Opens all runs of the directory, and removes what an interrupted seal or merge has left.
   *
   * @param seedOf gives the seed, if need be from the newest sound run's header.
   */
  open(seedOf: (newest: RunHeader | null) => Uint32Array): void {
    const found: { name: string; first: number; last: number }[] = [];
    for (const name of reading(() => this.files.list(this.directory))) {
      if (name.endsWith(UNFINISHED)) this.discard(join(this.directory, name));
      if (name.endsWith(CONDEMNED)) this.removal.resume(join(this.directory, name));
      const match = RUN_NAME.exec(name);
      if (match) found.push({ name, first: Number(match[1]), last: Number(match[2]) });
    }
    // The widest range of those that end alike comes first, so what it replaces is
    // met after it; so does a sound run before its damaged original.
    found.sort((a, b) => b.last - a.last || a.first - b.first || a.name.length - b.name.length);
    for (const { name, first, last } of found) {
      this.nextSequence = Math.max(this.nextSequence, last + 1);
      const path = join(this.directory, name);
      const replaced = this.isReplaced(first, last);
      if (path.endsWith(QUARANTINED)) this.openDamaged(path, first, last, replaced);
      else if (replaced) this.discard(path);
      else this.openOne(path, first, last);
    }
    this.runs.reverse();
    const seed = seedOf(this.runs.findLast((run) => run.damage === null)?.header ?? null);
    const foreign = this.runs.filter(({ header }) => header.seed.some((word, index) => word !== seed[index]));
    for (const run of foreign) {
      this.runs.splice(this.runs.indexOf(run), 1);
      run.close();
      this.keepAside(run, 'seed');
    }
  }

  /** The highest block that sound runs cover, -1 if none. */
  get sealedBlock(): number {
    return this.runs.reduce(
      (highest, run) => (run.damage === null ? Math.max(highest, run.header.highestBlock) : highest),
      -1,
    );
  }

  /** The damaged runs of the directory. */
  get quarantined(): QuarantinedRun[] {
    const open = this.runs.flatMap((run) =>
      run.damage === null
        ? []
        : [{ name: basename(run.path), part: run.damage, consulted: true, entries: run.header.entryCount }],
    );
    const unusable = this.unusable.map(({ name, part, consulted, entries }) => ({
      name,
      part,
      consulted,
      entries,
    }));
    return [...open, ...unusable];
  }

  /** A sequence number that no run has. */
  takeSequence(): number {
    return this.nextSequence++;
  }

  /** Where a run is written before it has its name. */
  unfinishedPath(firstSequence: number, lastSequence: number): string {
    return join(this.directory, `${nameOf(firstSequence, lastSequence)}${UNFINISHED}`);
  }

  /**
   * Gives a finished file its name and asks it from now on, in the place of the
   * runs it was made from, which are removed.
   *
   * @param keepDamaged true to keep the files of those that are damaged, as a sign that something is missing.
   * @throws IdentityStoreError with all as before.
   */
  install(built: BuiltRun<unknown>, replaced: readonly Run[], keepDamaged = false): void {
    const { firstSequence, lastSequence } = built.header;
    const path = join(this.directory, nameOf(firstSequence, lastSequence));
    writing(() => {
      this.files.rename(built.path, path);
      this.files.syncDirectory(this.directory);
    });
    const run = Run.open(this.context, path);
    if (run === null || run.damage !== null) {
      run?.close();
      this.discard(run?.path ?? path);
      throw new IdentityStoreError('write_failed');
    }
    const place = replaced[0] ? this.runs.indexOf(replaced[0]) : this.runs.length;
    this.runs.splice(place, replaced.length, run);
    for (const old of replaced) {
      old.close();
      if (keepDamaged && old.damage !== null) this.keepAside(old, old.damage);
      // What cannot be removed now is known as replaced by its name at the next start.
      else if (old.path !== path) this.discard(old.path);
    }
  }

  /** Removes a file that means nothing, unfinished or replaced. */
  discard(path: string): void {
    try {
      this.removal.condemn(path);
    } catch {
      // It takes room and does no harm, and is tried again at the next start.
    }
  }

  /** True if a merge may not reach across this run, nor change it. */
  isFixed(run: Run): boolean {
    const next = this.runs[this.runs.indexOf(run) + 1];
    if (run.damage !== null) return true;
    // A damaged file that is not open lies between this run and the next: a merged
    // range over both would pass it off as replaced.
    return this.unusable.some(
      (file) =>
        file.firstSequence > run.header.lastSequence &&
        (next === undefined || file.lastSequence < next.header.firstSequence),
    );
  }

  /** Removes the runs whose last arrival is before a time, and returns them. */
  expireBefore(arrivalMs: number): Run[] {
    const expired = this.runs.filter((run) => run.header.lastArrivalMs < arrivalMs);
    for (const run of expired) {
      this.removal.condemn(run.path);
      this.runs.splice(this.runs.indexOf(run), 1);
      run.close();
    }
    return expired;
  }

  /** Removes damaged files by name, after all that they held is elsewhere. */
  removeQuarantined(names: readonly string[]): void {
    const isNamed = ({ path }: { path: string }) => names.includes(basename(path));
    for (const run of this.runs.filter((run) => run.damage !== null && isNamed(run))) {
      this.removal.condemn(run.path);
      this.runs.splice(this.runs.indexOf(run), 1);
      run.close();
    }
    for (const file of this.unusable.filter(isNamed)) {
      this.removal.condemn(file.path);
      this.unusable.splice(this.unusable.indexOf(file), 1);
    }
  }

  /** The files of all runs, damaged ones too. */
  get paths(): string[] {
    return [...this.runs, ...this.unusable].map(({ path }) => path);
  }

  /** Bytes in memory: filters, fences and the page cache. */
  get memoryBytes(): number {
    return this.runs.reduce((sum, run) => sum + run.memoryBytes, this.cache.bytes.byteLength);
  }

  /** Closes all files. */
  close(): void {
    for (const run of this.runs.splice(0)) run.close();
  }

  private isReplaced(first: number, last: number): boolean {
    return this.runs.some(
      ({ header, damage }) => damage === null && header.firstSequence <= first && header.lastSequence >= last,
    );
  }

  private openOne(path: string, first: number, last: number): void {
    const run = Run.open(this.context, path);
    if (run === null) {
      this.setAside(path, 'header', first, last, 0);
      return;
    }
    this.runs.push(run);
  }

  /** Opens a file that was found damaged before this start. */
  private openDamaged(path: string, first: number, last: number, replaced: boolean): void {
    const run = Run.open(this.context, path);
    if (run === null) {
      this.setAside(path, 'header', first, last, 0);
      return;
    }
    run.markDamaged('entries');
    if (!replaced) {
      this.runs.push(run);
      return;
    }
    run.close();
    const { entryCount } = run.header;
    const isWhole = ({ header }: Run) =>
      header.firstSequence === first && header.lastSequence === last && header.entryCount === entryCount;
    if (this.runs.some(isWhole)) this.discard(path);
    else this.keepAside(run, 'entries');
  }

  /** Keeps the file of a run that is closed, to be reported until a rebuild removes it. */
  private keepAside(run: Run, part: QuarantinedRun['part']): void {
    const { firstSequence, lastSequence, entryCount } = run.header;
    this.setAside(run.path, part, firstSequence, lastSequence, entryCount);
  }

  private setAside(
    path: string,
    part: QuarantinedRun['part'],
    firstSequence: number,
    lastSequence: number,
    entries: number,
  ): void {
    const file = { path, name: '', part, consulted: false, entries, firstSequence, lastSequence };
    this.rename(file);
    this.unusable.push({ ...file, name: basename(file.path) });
  }

  /** Marks a damaged file by its name. Should that fail, it is still reported, and marked when it is met again. */
  private rename(file: { path: string }): void {
    if (file.path.endsWith(QUARANTINED)) return;
    const path = `${file.path}${QUARANTINED}`;
    try {
      this.files.rename(file.path, path);
      file.path = path;
      this.files.syncDirectory(this.directory);
    } catch {
      // A look-up must not fail for want of a name.
    }
  }
}

function nameOf(firstSequence: number, lastSequence: number): string {
  return `run-${twelveDigits(firstSequence)}-${twelveDigits(lastSequence)}.ids`;
}

function twelveDigits(sequence: number): string {
  return String(sequence).padStart(12, '0');
}
