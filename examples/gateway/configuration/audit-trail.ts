/** Writes down who did what, one line of JSON each. Lines are written together, in the background. */

import { type FileHandle, open } from 'node:fs/promises';
import type { PlatformRecorders } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

/** So many events may wait; whoever adds one more has to wait for the disk. */
const QUEUE_MAX = 1000;

interface Waiting {
  readonly eventType: string;
  readonly line: string;
  readonly sinceMs: number;
}

/** An audit trail in a file. */
export class AuditTrail {
  readonly #file: FileHandle;
  readonly #metrics: Pick<PlatformRecorders, 'audit'>;
  readonly #clock: Clock;
  #queue: Waiting[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, metrics: Pick<PlatformRecorders, 'audit'>, clock: Clock) {
    this.#file = file;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** Opens the trail in a file, which it adds to. */
  static async open(
    path: string,
    metrics: Pick<PlatformRecorders, 'audit'>,
    clock: Clock,
  ): Promise<AuditTrail> {
    return new AuditTrail(await open(path, 'a'), metrics, clock);
  }

  /** Takes an event. Resolves at once, unless very many wait for the disk. */
  async add(eventType: string, user: string, target: string): Promise<void> {
    const at = new Date(this.#clock.nowMs()).toISOString();
    const line = `${JSON.stringify({ at, event: eventType, user, target })}\n`;
    this.#queue.push({ eventType, line, sinceMs: this.#clock.monotonicMs() });
    this.#metrics.audit.recordEvent(eventType, user);
    this.#metrics.audit.setQueueSize(this.#queue.length);
    // The first of a batch starts the writing, which takes those that come meanwhile along.
    if (this.#queue.length === 1) this.#writing = this.#writing.then(() => this.#write());
    if (this.#queue.length >= QUEUE_MAX) await this.#writing;
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const batch = this.#queue;
    this.#queue = [];
    await this.#file.appendFile(batch.map(({ line }) => line).join(''));
    await this.#file.datasync();
    const nowMs = this.#clock.monotonicMs();
    for (const { eventType, sinceMs } of batch)
      this.#metrics.audit.observeProcessing(eventType, (nowMs - sinceMs) / 1000);
    this.#metrics.audit.setQueueSize(this.#queue.length);
  }
}
