/**
 * Ships events from an application to a Bellwether server. Nothing here throws or
 * waits into the application; what waits is bounded in memory and, if there is a
 * spool, on disk; and every event that is not delivered is counted.
 *
 * ```
 * ship ─► queue ─► encode ─► batches ─► deliver ─► server
 *         bounded  slices    bounded │  back-off
 *                                    └► spool (optional)
 * ```
 */

import { randomBytes } from 'node:crypto';
import {
  backoffMs,
  keepAliveDuring,
  systemTimerClock,
  type TimerClock,
  wait,
} from '@bellwether/metrics/delivery';
import { type Batch, encode, encodeNow, halve } from './batch.ts';
import { Counts, type ShipperCounts } from './counts.ts';
import { type Attempt, deliver } from './delivery.ts';
import type { EventDetails, EventToShip, ShippedEvent } from './event.ts';
import { atExit } from './exit.ts';
import { settle, type ShipperOptions, type ShipperSettings } from './options.ts';
import { Spool } from './spool.ts';
import { Troubles } from './troubles.ts';

/** What waits to be delivered. */
export interface Waiting {
  readonly events: number;
  /** Compressed batches in memory. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** A batch that is to be sent, and how it is let go of. */
interface Outgoing {
  readonly batch: Batch;
  readonly remove: () => Promise<void>;
}

/** Ships events. Make one for a process and `close` it at the end. */
export class Shipper {
  readonly #settings: ShipperSettings;
  readonly #clock: TimerClock;
  readonly #fetch: NonNullable<ShipperOptions['fetch']>;
  readonly #random: () => number;
  readonly #defaults: EventDetails;
  readonly #counts: Counts;
  readonly #troubles: Troubles;
  readonly #spool: Spool | undefined;
  readonly #unhook: () => void;
  readonly #idPrefix = `${randomBytes(9).toString('base64url')}-`;
  readonly #abort = new AbortController();
  #queue: ShippedEvent[] = [];
  #batches: Batch[] = [];
  #batchEvents = 0;
  #batchBytes = 0;
  /** Events that are being encoded right now. */
  #encoding: readonly ShippedEvent[] = [];
  /** Batches between memory and disk, which are in neither. */
  readonly #keeping = new Set<Batch>();
  #shipped = 0;
  #closed = false;
  #timer: unknown;
  #pumpDue = false;
  #pumping = false;
  /** True while an incomplete batch may be sent too. */
  #flushDue = false;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #pause = new AbortController();
  #idle: (() => void)[] = [];

  /**
   * Throws for options that cannot work, and for a spool directory that cannot be used.
   *
   * @param path where the server takes what is shipped; events if it is left out.
   */
  constructor(options: ShipperOptions, path?: string) {
    this.#settings = settle(options, path);
    this.#clock = options.clock ?? systemTimerClock;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#random = options.random ?? Math.random;
    this.#defaults = options.defaults ?? {};
    this.#troubles = new Troubles(options.onError);
    this.#spool = options.spool === undefined ? undefined : new Spool(options.spool);
    this.#counts = new Counts(options.registry);
    this.#unhook = atExit(this, options.exitSignals ?? [], this.#settings.exitTimeoutMs);
    if (this.#spool?.oldest !== undefined) this.#send();
  }

  /**
   * Takes an event. Its id, and its time if it is left out, are filled in: now, less its latency.
   *
   * @returns the id of the event, for feedback that comes later.
   */
  ship(event: EventToShip): string {
    this.#shipped += 1;
    const id = idOf(event) ?? `${this.#idPrefix}${this.#shipped.toString(36)}`;
    if (this.#closed) this.#counts.count('closed', 1);
    else if (this.#queue.length >= this.#settings.queueEventsMax) this.#counts.count('queue_full', 1);
    else this.#enqueue(event, id);
    return id;
  }

  /** What became of the events so far. */
  get counts(): ShipperCounts {
    return this.#counts.snapshot;
  }

  get waiting(): Waiting {
    let events = this.#queue.length + this.#encoding.length + this.#batchEvents + (this.#spool?.events ?? 0);
    for (const batch of this.#keeping) events += batch.events;
    return {
      events,
      memoryBytes: this.#batchBytes,
      diskBytes: this.#spool?.bytes ?? 0,
    };
  }

  /** Events that were shipped so far, whatever became of them. */
  get shipped(): number {
    return this.#shipped;
  }

  /**
   * Sends what waits without further delay.
   *
   * @returns true if nothing waits any more, false if that takes longer than `timeoutMs`.
   */
  async flush(timeoutMs = 30_000): Promise<boolean> {
    this.#flushDue = true;
    this.#pause.abort();
    this.#pumpSoon();
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#checkIdle();
    const deadline = new AbortController();
    const inTime = idle.then(() => true);
    const late = wait(this.#clock, timeoutMs, deadline.signal).then(() => false);
    const done = await keepAliveDuring(this.#clock, Promise.race([inTime, late]));
    deadline.abort();
    return done;
  }

  /**
   * Sends what waits, for so long, then puts the rest into the spool or counts it as lost. Events that
   * come later are counted as `closed`. May be called more than once.
   */
  async close(timeoutMs = this.#settings.exitTimeoutMs): Promise<void> {
    this.#closed = true;
    await this.flush(timeoutMs);
    this.#abort.abort();
    this.#pause.abort();
    await this.#sending;
    this.leave();
  }

  /** Ends at once: into the spool with what waits, or lost. For when the process cannot wait. */
  leave(): void {
    this.#closed = true;
    this.#abort.abort();
    this.#unhook();
    this.#clock.clearTimeout(this.#timer);
    const { batches, invalid } = encodeNow([...this.#encoding, ...this.#queue]);
    this.#counts.count('invalid', invalid);
    // A file that is being written may never be whole. If it is, its events arrive twice and count once.
    for (const batch of [...this.#keeping, ...this.#batches, ...batches]) this.#leaveBatch(batch);
    this.#keeping.clear();
    this.#queue = [];
    this.#encoding = [];
    this.#batches = [];
    this.#batchEvents = 0;
    this.#batchBytes = 0;
    this.#spool?.close();
    this.#checkIdle();
  }

  #leaveBatch(batch: Batch): void {
    if (this.#spool === undefined) {
      this.#counts.count('closed', batch.events);
      return;
    }
    try {
      if (!this.#spool.hasRoomFor(batch)) throw new Error('The spool is full.');
      this.#spool.writeNow(batch);
    } catch (error) {
      this.#counts.count('spool_full', batch.events);
      this.#troubles.tell('spool', error);
    }
  }

  #enqueue(event: EventToShip, id: string): void {
    try {
      const timestamp = event.timestamp ?? this.#clock.nowMs() - (event.latency_ms ?? 0);
      this.#queue.push({ ...this.#defaults, ...event, id, timestamp });
    } catch {
      // A getter that throws, or something that is no event.
      this.#counts.count('invalid', 1);
      return;
    }
    if (this.#queue.length >= this.#settings.batchEventsMax) this.#pumpSoon();
    else this.#timer ??= this.#clock.setTimeout(() => this.#due(), this.#settings.flushIntervalMs);
    this.#counts.showWaiting(this.waiting.events, this.#batchBytes);
  }

  #due(): void {
    this.#timer = undefined;
    this.#flushDue = true;
    this.#pumpSoon();
  }

  /** Encodes in a turn of its own, never in the caller's. */
  #pumpSoon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    setImmediate(() => {
      this.#pumpDue = false;
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    const { batchEventsMax } = this.#settings;
    while (this.#queue.length >= batchEventsMax || (this.#flushDue && this.#queue.length > 0)) {
      if (this.#isFull()) break;
      this.#encoding = this.#queue.splice(0, batchEventsMax);
      const { batches, invalid } = await encode(this.#encoding);
      // Who left meanwhile has taken them along.
      if (this.#encoding.length === 0) break;
      this.#encoding = [];
      this.#counts.count('invalid', invalid);
      for (const batch of batches) this.#keeping.add(batch);
      // Who left meanwhile has taken the rest of them along too.
      for (const batch of batches) if (this.#keeping.has(batch)) await this.#keep(batch);
    }
    this.#pumping = false;
    if (this.#queue.length === 0) this.#flushDue = false;
    this.#send();
  }

  /** Without a spool, events wait unencoded once the batches take what they may. */
  #isFull(): boolean {
    return this.#spool === undefined && this.#batchBytes >= this.#settings.bufferBytesMax;
  }

  async #keep(batch: Batch): Promise<void> {
    if (this.#spool === undefined || this.#batchBytes < this.#settings.bufferBytesMax) {
      this.#keeping.delete(batch);
      this.#add(batch);
    } else await this.#putAside(batch);
  }

  #add(batch: Batch): void {
    this.#batches.push(batch);
    this.#batchEvents += batch.events;
    this.#batchBytes += batch.body.length;
  }

  #removeFirst(): Batch | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) return undefined;
    this.#batchEvents -= batch.events;
    this.#batchBytes -= batch.body.length;
    return batch;
  }

  async #putAside(batch: Batch): Promise<void> {
    this.#keeping.add(batch);
    try {
      if (this.#spool?.hasRoomFor(batch) !== true) throw new Error('The spool is full.');
      await this.#spool.write(batch);
    } catch (error) {
      this.#counts.count('spool_full', batch.events);
      this.#troubles.tell('spool', error);
    } finally {
      this.#keeping.delete(batch);
    }
  }

  /** A batch that cannot be removed is sent again by the next process, which does no harm. */
  async #removeSpooled(spool: Spool): Promise<void> {
    try {
      await spool.removeOldest();
    } catch (error) {
      this.#troubles.tell('spool', error);
    }
  }

  #send(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      this.#counts.showWaiting(this.waiting.events, this.#batchBytes);
      this.#checkIdle();
    });
  }

  async #sendAll(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const outgoing = await this.#next();
      if (outgoing === undefined) return;
      const context = {
        settings: this.#settings,
        clock: this.#clock,
        fetch: this.#fetch,
        signal: this.#abort.signal,
      };
      const attempt = await deliver(outgoing.batch, context);
      if (this.#abort.signal.aborted && attempt.kind !== 'taken') return;
      await this.#conclude(outgoing, attempt);
      // There is room again for what waits unencoded.
      if (this.#queue.length >= this.#settings.batchEventsMax) this.#pumpSoon();
    }
  }

  async #conclude({ batch, remove }: Outgoing, attempt: Attempt): Promise<void> {
    if (attempt.kind === 'later') {
      this.#counts.countRequest('retried');
      this.#troubles.tell('delivery', attempt.error);
      await this.#pauseAfterFailure(attempt.error.retryAfterMs);
      return;
    }
    this.#failures = 0;
    await remove();
    if (attempt.kind === 'taken') {
      const { accepted, duplicates } = attempt;
      this.#counts.countRequest('taken');
      this.#counts.count('accepted', accepted);
      this.#counts.count('duplicate', duplicates);
      this.#counts.count('rejected', Math.max(0, batch.events - accepted - duplicates));
      this.#troubles.over('delivery');
      return;
    }
    this.#counts.countRequest('refused');
    if (attempt.kind === 'too_large' && batch.events > 1) {
      // What a full disk left of a batch cannot be taken apart.
      const halves = await halve(batch).catch(() => []);
      for (const half of halves) this.#add(half);
      if (halves.length > 0) return;
    }
    this.#counts.count('refused', batch.events);
    this.#troubles.tell('refusal', attempt.error);
  }

  /** The batch that has waited longest. It stays where it is until its outcome is known. */
  async #next(): Promise<Outgoing | undefined> {
    for (;;) {
      const spooled = this.#spool?.oldest;
      if (this.#spool === undefined || spooled === undefined) break;
      const spool = this.#spool;
      try {
        return { batch: await spool.read(spooled), remove: () => this.#removeSpooled(spool) };
      } catch (error) {
        this.#counts.count('spool_full', spooled.events);
        this.#troubles.tell('spool', error);
        await this.#removeSpooled(spool);
      }
    }
    const [batch] = this.#batches;
    if (batch === undefined) return undefined;
    return { batch, remove: async () => void this.#removeFirst() };
  }

  async #pauseAfterFailure(retryAfterMs: number | undefined): Promise<void> {
    this.#failures += 1;
    // What may have to wait for long does not have to wait in memory.
    while (this.#spool !== undefined && this.#batches.length > 0) {
      const batch = this.#removeFirst();
      if (batch !== undefined) await this.#putAside(batch);
    }
    this.#pause = new AbortController();
    const delayMs = backoffMs(this.#settings.backoff, this.#failures, this.#random, retryAfterMs);
    await wait(this.#clock, delayMs, AbortSignal.any([this.#pause.signal, this.#abort.signal]));
  }

  #checkIdle(): void {
    if (this.waiting.events > 0 || this.#sending !== undefined) return;
    const resolved = this.#idle;
    this.#idle = [];
    for (const resolve of resolved) resolve();
  }
}

/** The id of an event that names one. What is no event has none. */
function idOf(event: EventToShip): string | undefined {
  try {
    return event.id;
  } catch {
    return undefined;
  }
}
