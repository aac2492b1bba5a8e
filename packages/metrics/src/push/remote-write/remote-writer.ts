/**
 * Pushes metrics by Prometheus remote write, at intervals or when asked. Samples
 * that cannot be delivered wait in a bounded queue and are sent in order; failures
 * are counted and handed to `onError`, never thrown into the application.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BACKOFF_DEFAULT, type BackoffPolicy, backoffMs } from '../delivery/backoff.ts';
import { post, type PostAnswer, type PostContext } from '../delivery/http-post.ts';
import { Periodic } from '../delivery/periodic.ts';
import { PushError } from '../delivery/push-error.ts';
import { keepAliveDuring, systemTimerClock, type TimerClock, wait } from '../delivery/timer-clock.ts';
import { encodeRequest, meansOlderReceiver, type RemoteWriteVersion, writtenElements } from './protocol.ts';
import type { RemoteWriteOptions, RemoteWriteStats } from './options.ts';
import { SampleQueue } from './sample-queue.ts';
import { flattenChunks, type RemoteSample } from './series.ts';
import { StaleSeries } from './stale-series.ts';

/** Pushes the metrics of a source to one remote write receiver. */
export class RemoteWriter {
  readonly #options: RemoteWriteOptions;
  readonly #clock: TimerClock;
  readonly #context: PostContext;
  readonly #backoff: BackoffPolicy;
  readonly #queue: SampleQueue;
  readonly #periodic: Periodic;
  readonly #abort = new AbortController();
  readonly #staleSeries = new StaleSeries();
  readonly #stats = { written: 0, rejected: 0, dropped: 0, failedRequests: 0 };
  #version: RemoteWriteVersion;
  /** Whether the receiver has shown that it knows version 2.0. */
  #isConfirmed = false;
  #lastCollectedMs = Number.NEGATIVE_INFINITY;
  /** When the last collection began: exemplars from before were sent by it. */
  #exemplarsSinceMs = Number.NEGATIVE_INFINITY;
  #collecting = Promise.resolve();
  #draining: Promise<void> | undefined;
  #inFlight = 0;

  constructor(options: RemoteWriteOptions) {
    this.#options = options;
    const clock = options.clock ?? systemTimerClock;
    this.#clock = clock;
    this.#context = { clock, fetch: options.fetch ?? fetch, isRetryable };
    this.#backoff = { ...BACKOFF_DEFAULT, ...options.backoff };
    this.#queue = new SampleQueue(options.queueSamplesMax ?? 100_000, options.samplesPerRequestMax ?? 2000);
    this.#version = options.version ?? '1.0';
    this.#periodic = new Periodic(clock, options.intervalMs ?? 15_000, () => this.#collect());
  }

  /** What happened so far. */
  get stats(): RemoteWriteStats {
    return { ...this.#stats, queued: this.#queue.size + this.#inFlight, version: this.#version };
  }

  /** Begins to push at intervals. */
  start(): void {
    this.#periodic.start();
  }

  /** Pushes now, and waits up to `timeoutMs` (default 30 s) until nothing waits. Never rejects. */
  push(timeoutMs = 30_000): Promise<RemoteWriteStats> {
    return keepAliveDuring(this.#clock, this.#push(timeoutMs));
  }

  async #push(timeoutMs: number): Promise<RemoteWriteStats> {
    await this.#collect();
    await this.#flush(timeoutMs);
    return this.stats;
  }

  /**
   * Stops pushing at intervals, pushes a last time, marks every series as ended, and
   * waits up to `graceMs` (default 2 s); what is not delivered then is dropped.
   */
  close(graceMs = 2000): Promise<RemoteWriteStats> {
    return keepAliveDuring(this.#clock, this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<RemoteWriteStats> {
    this.#periodic.stop();
    await this.#collect();
    this.#enqueue(this.#staleSeries.finish(this.#nextMs()));
    await this.#flush(graceMs);
    this.#abort.abort();
    await this.#draining;
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      this.#stats.dropped += batch.length;
    }
    return this.stats;
  }

  /** Collects after the collection that is under way, if there is one, since samples must stay in order. */
  #collect(): Promise<void> {
    this.#collecting = this.#collecting.then(() => this.#collectOnce());
    return this.#collecting;
  }

  async #collectOnce(): Promise<void> {
    try {
      const exemplarsSinceMs = this.#exemplarsSinceMs;
      this.#exemplarsSinceMs = this.#clock.nowMs();
      const families = await this.#options.families();
      const nowMs = this.#nextMs();
      for (const chunk of flattenChunks(families, { nowMs, labels: this.#options.labels ?? {} })) {
        this.#staleSeries.note(chunk);
        this.#enqueue(chunk.map((sample) => withNewExemplars(sample, exemplarsSinceMs)));
        await nextTurn();
      }
      this.#enqueue(this.#staleSeries.finish(nowMs));
    } catch (cause) {
      this.#report(new PushError('COLLECT_FAILED', { cause }));
    }
  }

  /** The time of a collection: later than the last one even if the clock was set back. */
  #nextMs(): number {
    this.#lastCollectedMs = Math.max(this.#clock.nowMs(), this.#lastCollectedMs + 1);
    return this.#lastCollectedMs;
  }

  #enqueue(samples: readonly RemoteSample[]): void {
    if (this.#abort.signal.aborted || samples.length === 0) return;
    const dropped = this.#queue.add(samples);
    if (dropped > 0) {
      this.#stats.dropped += dropped;
      this.#report(new PushError('QUEUE_FULL', { detail: dropped }));
    }
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
  }

  async #flush(timeoutMs: number): Promise<void> {
    const draining = this.#draining;
    if (draining === undefined) return;
    const abort = new AbortController();
    await Promise.race([draining, wait(this.#clock, timeoutMs, abort.signal)]);
    abort.abort();
  }

  async #drain(): Promise<void> {
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      this.#inFlight = batch.length;
      await this.#deliver(batch);
      this.#inFlight = 0;
    }
  }

  /** Sends one batch until it is taken, refused for good, or the writer is closed. */
  async #deliver(batch: readonly RemoteSample[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#send(batch);
        return;
      } catch (cause) {
        const error = cause instanceof PushError ? cause : new PushError('ENCODE_FAILED', { cause });
        this.#stats.failedRequests++;
        this.#report(error);
        if (this.#abort.signal.aborted) {
          this.#stats.dropped += batch.length;
          return;
        }
        if (!error.retryable) {
          const written = error.headers === undefined ? undefined : writtenElements(error.headers);
          this.#noteWritten(batch, (written?.samples ?? 0) + (written?.histograms ?? 0));
          return;
        }
        const random = this.#options.random ?? Math.random;
        const delayMs = backoffMs(this.#backoff, attempt, random, error.retryAfterMs);
        await wait(this.#clock, delayMs, this.#abort.signal);
      }
    }
  }

  async #send(batch: readonly RemoteSample[]): Promise<void> {
    if (this.#version === '2.0') {
      const answer = await this.#postVersion2(batch);
      const written = answer === undefined ? undefined : writtenElements(answer.headers);
      if (written !== undefined) {
        this.#isConfirmed = true;
        this.#checkWritten(batch, written.samples + written.histograms);
        return;
      }
      // The receiver does not know 2.0, even if it said yes: to it the request was empty.
      this.#version = '1.0';
    }
    await this.#post(batch, '1.0');
    this.#stats.written += batch.length;
  }

  /** The answer to a request of 2.0, or undefined if the receiver only knows 1.0. */
  async #postVersion2(batch: readonly RemoteSample[]): Promise<PostAnswer | undefined> {
    try {
      return await this.#post(batch, '2.0');
    } catch (error) {
      if (error instanceof PushError && meansOlderReceiver(error, this.#isConfirmed)) return undefined;
      throw error;
    }
  }

  #post(batch: readonly RemoteSample[], version: RemoteWriteVersion): Promise<PostAnswer> {
    const { body, headers } = encodeRequest(batch, version);
    const { url, timeoutMs = 30_000 } = this.#options;
    const request = { url, body, timeoutMs, signal: this.#abort.signal };
    return post({ ...request, headers: { ...this.#options.headers, ...headers } }, this.#context);
  }

  #checkWritten(batch: readonly RemoteSample[], written: number): void {
    this.#noteWritten(batch, written);
    if (written >= batch.length) return;
    this.#report(new PushError('PARTIAL', { detail: `${written} of ${batch.length} samples were written` }));
  }

  #noteWritten(batch: readonly RemoteSample[], written: number): void {
    const taken = Math.min(written, batch.length);
    this.#stats.written += taken;
    this.#stats.rejected += batch.length - taken;
  }

  #report(error: PushError): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // A listener that throws must not stop the pushing.
    }
  }
}

function isRetryable(status: number): boolean {
  return status === 429 || status >= 500;
}

/**
 * Without the exemplars that the last push has sent already. One of the very
 * millisecond in which that push began is sent again; receivers know it by its time.
 */
function withNewExemplars(sample: RemoteSample, sinceMs: number): RemoteSample {
  if (sample.exemplars.length === 0) return sample;
  const exemplars = sample.exemplars.filter(
    ({ timestamp }) => timestamp === undefined || Math.round(timestamp * 1000) >= sinceMs,
  );
  return { ...sample, exemplars };
}
