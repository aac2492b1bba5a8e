/**
 * The journal as the server's main thread sees it: what it appends is on disk when
 * the promise resolves. The rows live in a thread of their own, so that no sync
 * ever holds up a request that needs no disk.
 *
 * What arrives while a commit is on its way goes with the next one: under load one
 * sync serves many requests, and without load none waits for company.
 */

import { Worker } from 'node:worker_threads';
import { programBeside } from '../program.ts';
import type { LedgerIdentity, RebuildReport } from './identities/index.ts';
import type { JournalIdentity, JournalStatus, JournalStoreOptions } from './journal-state.ts';
import type { JournalAnswers, JournalMessage, JournalRequest } from './messages.ts';
import { SeqCounter } from './seq-counter.ts';
import { JournalError, type Receipt, type Submission } from './submission.ts';

export interface JournalOptions extends JournalStoreOptions {
  /** Payload that may wait in memory for the disk, in bytes; more is refused as `overloaded`. */
  readonly queueBytesMax: number;
  /** Payload on disk that the ledger has not taken, in bytes; more is refused as `overloaded`. */
  readonly backlogBytesMax: number;
}

/** Groups that may be with the journal's thread: one being written, one that follows at once. */
const GROUPS_MAX = 2;
/** Payload of one group, beyond which the rest waits for the next. */
const GROUP_BYTES_MAX = 16 * 1024 * 1024;

/** A submission that waits to be part of a group. */
interface Pending {
  readonly submission: Submission;
  readonly lastSeq: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

interface Waiter {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** Omits a key from each member of a union. */
type Without<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

export class Journal {
  readonly identity: JournalIdentity;
  /** Gives out the numbers of rows, to every thread that writes rows for this journal. */
  readonly seqs: SeqCounter;
  readonly #worker: Worker;
  readonly #options: JournalOptions;
  readonly #waiters = new Map<number, Waiter>();
  #number = 0;
  #queuedBytes = 0;
  readonly #pending: Pending[] = [];
  #groups = 0;
  #sending = false;
  /** What takes numbers, or has taken some whose rows are not on disk yet. */
  readonly #numbering = new Set<Promise<unknown>>();
  #backlogBytes: number;
  #lastBlock: number;
  #closed = false;

  /** Opens the journal in the directory, and makes it if it is not there. */
  static async open(options: JournalOptions): Promise<Journal> {
    const { queueBytesMax: _queue, backlogBytesMax: _backlog, ...storeOptions } = options;
    const program = programBeside(import.meta.url, './journal-thread');
    const worker = new Worker(program.url, {
      execArgv: program.execArgv,
      name: 'journal',
      workerData: storeOptions satisfies JournalStoreOptions,
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    const first = await new Promise<JournalMessage>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind !== 'open') {
      throw new JournalError(
        'failed',
        first.kind === 'cannotOpen' ? first.message : 'The journal did not open.',
      );
    }
    return new Journal(options, worker, first.identity, first.status);
  }

  private constructor(
    options: JournalOptions,
    worker: Worker,
    identity: JournalIdentity,
    status: JournalStatus,
  ) {
    this.identity = identity;
    this.#options = options;
    this.#worker = worker;
    this.seqs = SeqCounter.from(identity.nextSeq);
    this.#backlogBytes = status.pendingBytes;
    this.#lastBlock = status.lastBlock;
    worker.on('message', (message: JournalMessage) => this.#hear(message));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('The thread of the journal has ended.')));
  }

  /** Gives out row numbers for `rows` rows; returns the first. */
  takeSeq(rows: number): number {
    return this.seqs.take(rows);
  }

  /**
   * Runs work that takes numbers and appends their rows. Others may take higher numbers meanwhile and be on disk
   * first: so whoever has to know that no row up to a number is still to come waits for the end of such work.
   */
  async numbering<R>(work: () => Promise<R>): Promise<R> {
    const result = work();
    const ended = result.then(
      () => undefined,
      () => undefined,
    );
    this.#numbering.add(ended);
    try {
      return await result;
    } finally {
      this.#numbering.delete(ended);
    }
  }

  /**
   * A number up to which every row that will ever be is on disk: rows that come later have higher ones, in a later
   * life of the process too. All that was acknowledged before this call is up to it.
   */
  async completeSeq(): Promise<number> {
    const { last } = this.seqs;
    await Promise.all(this.#numbering);
    // Numbers beyond those on disk would be given out again after a restart.
    const { lastSeq } = await this.status();
    return Math.min(last, lastSeq);
  }

  /** The newest block with an acknowledged row. */
  get lastBlock(): number {
    return this.#lastBlock;
  }

  /** True while nothing is taken since too much waits for the ledger. */
  get isBacklogFull(): boolean {
    return this.#backlogBytes > this.#options.backlogBytesMax;
  }

  /** Payload that waits for the ledger, in bytes. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /**
   * Stores the rows of one request. Its buffers are handed over and must not be used afterwards. Unless their
   * numbers were taken just before this call, both belong into {@link numbering}.
   *
   * @returns what became of it, once that is on disk.
   * @throws JournalError if nothing of it was stored.
   */
  append(submission: Submission): Promise<Receipt> {
    return this.numbering(() => this.#append(submission));
  }

  async #append(submission: Submission): Promise<Receipt> {
    const bytes = submission.payload.length;
    if (this.#queuedBytes + bytes > this.#options.queueBytesMax) {
      throw new JournalError('overloaded', 'Too much is waiting for the disk.');
    }
    if (this.isBacklogFull) {
      throw new JournalError('overloaded', 'Too much is waiting for the ledger.');
    }
    this.#queuedBytes += bytes;
    try {
      const receipt = await new Promise<Receipt>((resolve, reject) => {
        this.#pending.push({ submission, lastSeq: this.seqs.last, resolve, reject });
        this.#sendSoon();
      });
      this.#backlogBytes += receipt.acceptedBytes;
      this.#lastBlock = Math.max(this.#lastBlock, receipt.block);
      return receipt;
    } finally {
      this.#queuedBytes -= bytes;
    }
  }

  /** The oldest blocks that come after `afterBlock`, up to about `bytesMax`. */
  read(afterBlock: number, bytesMax: number): Promise<JournalAnswers['read']> {
    return this.#ask<'read'>({ kind: 'read', afterBlock, bytesMax });
  }

  /** Notes that the ledger holds every block up to `block`, whose payload has `bytes` bytes. */
  async markLoaded(block: number, bytes: number): Promise<void> {
    await this.#ask<'markLoaded'>({ kind: 'markLoaded', block });
    this.#backlogBytes = Math.max(0, this.#backlogBytes - bytes);
  }

  /**
   * Forgets identities that arrived before a time, as far as whole runs of them did: a re-send of one is then a
   * new event. For those of which nothing is left.
   *
   * @returns how many runs went.
   */
  expireIdentities(arrivalMs: number): Promise<number> {
    return this.#ask<'expireIdentities'>({ kind: 'expireIdentities', arrivalMs });
  }

  /**
   * Puts a copy of the journal, as it is between two commits, into a folder that is not there yet.
   *
   * @returns its state in the copy.
   */
  snapshot(folder: string): Promise<JournalStatus> {
    return this.#ask<'snapshot'>({ kind: 'snapshot', folder });
  }

  /** Takes identities in that the ledger has; see {@link JournalStore.rebuild}. */
  rebuild(
    rows: readonly LedgerIdentity[],
    { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
  ): Promise<RebuildReport> {
    return this.#ask<'rebuild'>({ kind: 'rebuild', rows, isFirst, isLast });
  }

  /** Notes that the identities of all events are known again; see {@link JournalStore.recovered}. */
  async recovered(journals: readonly string[], rows: number): Promise<void> {
    await this.#ask<'recovered'>({ kind: 'recovered', journals, rows });
  }

  /** Removes from the disk what the journal has deleted. */
  async scrub(): Promise<void> {
    await this.#ask<'scrub'>({ kind: 'scrub' });
  }

  status(): Promise<JournalStatus> {
    return this.#ask<'status'>({ kind: 'status' });
  }

  /** The state, if the journal can be written; rejects with a JournalError if it cannot. */
  check(): Promise<JournalStatus> {
    return this.#ask<'check'>({ kind: 'check' });
  }

  /** Writes what waits, and ends the thread. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#send(this.#pending.splice(0));
    await this.#ask<'close'>({ kind: 'close' });
    this.#closed = true;
    await this.#worker.terminate();
  }

  /** Sends what waits after the requests that are being read now have had their turn. */
  #sendSoon(): void {
    if (this.#sending || this.#groups >= GROUPS_MAX || this.#pending.length === 0) return;
    this.#sending = true;
    setImmediate(() => {
      this.#sending = false;
      void this.#send(this.#takeGroup());
    });
  }

  async #send(group: readonly Pending[]): Promise<void> {
    if (group.length === 0) return;
    this.#groups += 1;
    try {
      const submissions = group.map(({ submission }) => submission);
      const lastSeq = Math.max(...group.map((pending) => pending.lastSeq));
      const buffers = submissions.flatMap(({ payload, identities }) => [payload.buffer, identities.buffer]);
      const receipts = await this.#ask<'append'>({ kind: 'append', submissions, lastSeq }, buffers);
      receipts.forEach((receipt, i) => group[i]?.resolve(receipt));
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#groups -= 1;
      this.#sendSoon();
    }
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { submission } of this.#pending) {
      bytes += submission.payload.length;
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  #ask<K extends JournalRequest['kind']>(
    request: Without<Extract<JournalRequest, { kind: K }>, 'number'>,
    transfer: ArrayBuffer[] = [],
  ): Promise<JournalAnswers[K]> {
    if (this.#closed) return Promise.reject(new JournalError('closed', 'The journal is closed.'));
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#waiters.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number }, transfer);
    });
  }

  #hear(message: JournalMessage): void {
    if (message.kind !== 'done' && message.kind !== 'refused') return;
    const waiter = this.#waiters.get(message.number);
    this.#waiters.delete(message.number);
    if (message.kind === 'done') waiter?.resolve(message.answer as never);
    else waiter?.reject(new JournalError(message.fault, message.message));
  }

  #fail(cause: Error): void {
    this.#closed = true;
    for (const { reject } of this.#waiters.values()) {
      reject(new JournalError('failed', 'The thread of the journal has ended.', { cause }));
    }
    this.#waiters.clear();
  }
}
