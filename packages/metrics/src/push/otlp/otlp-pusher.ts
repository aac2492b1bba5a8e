/**
 * Pushes metrics over OTLP/HTTP, at intervals or when asked. A push that fails
 * never reaches the application as an exception: it is counted, handed to `onError`,
 * and made up for by the next one.
 *
 * Source: OpenTelemetry Protocol 1.x, "OTLP/HTTP".
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MetricFamily } from '../../family.ts';
import { BACKOFF_DEFAULT } from '../delivery/backoff.ts';
import type { Fetch, PostContext } from '../delivery/http-post.ts';
import { Periodic } from '../delivery/periodic.ts';
import { PushError } from '../delivery/push-error.ts';
import { postWithRetries, type RetryPolicy } from '../delivery/retry.ts';
import { keepAliveDuring, systemTimerClock, type TimerClock } from '../delivery/timer-clock.ts';
import { USER_AGENT } from '../delivery/user-agent.ts';
import { batchesOf } from './batches.ts';
import { nanosOf, type OtlpMetric, type Temporality } from './data-points.ts';
import { DeltaState } from './delta.ts';
import { encodeOtlpJson } from './encode-json.ts';
import { encodeOtlpProtobuf, type OtlpSource } from './encode-protobuf.ts';
import { readPartialSuccess } from './read-answer.ts';
import { otlpSteps } from './to-otlp.ts';

const gzipAsync = promisify(gzip);
const RETRYABLE = new Set([429, 502, 503, 504]);

/** How to push. Only `url` and `families` are needed. */
export interface OtlpPushOptions {
  /** The whole URL, usually ending in `/v1/metrics`. */
  readonly url: string;
  /** Gives the families to push; `() => registry.families()` for a registry. */
  readonly families: () => Promise<readonly MetricFamily[]> | readonly MetricFamily[];
  /** Default cumulative. */
  readonly temporality?: Temporality;
  /** Default protobuf. */
  readonly encoding?: 'protobuf' | 'json';
  /** Default gzip. */
  readonly compression?: 'gzip' | 'none';
  /** Further headers, such as the key of a vendor. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Attributes of the resource; `service.name` is `unknown_service:node` unless it is given. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly intervalMs?: number;
  /** Of one attempt. Default 10 s. */
  readonly timeoutMs?: number;
  /** Data points per request. Default 5000. */
  readonly pointsPerRequestMax?: number;
  /** Default: 5 attempts within 60 s, waiting 1 to 30 s between them. */
  readonly retry?: Partial<RetryPolicy>;
  /** Told of every failure. */
  readonly onError?: (error: PushError) => void;
  readonly clock?: TimerClock;
  readonly fetch?: Fetch;
  /** Numbers from 0 to 1, for the jitter of waiting. */
  readonly random?: () => number;
}

/** How a push went. */
export interface OtlpPushOutcome {
  /** Data points that the receiver took. */
  readonly delivered: number;
  /** Data points that it refused for good. */
  readonly rejected: number;
  /** The first failure, if there was one. */
  readonly error: PushError | undefined;
}

/** What a pusher has done since it was made. */
export interface OtlpPushStats {
  readonly pushes: number;
  readonly failedPushes: number;
  readonly deliveredPoints: number;
  readonly rejectedPoints: number;
}

/** Pushes the metrics of a source to one OTLP receiver. */
export class OtlpPusher {
  readonly #options: OtlpPushOptions;
  readonly #clock: TimerClock;
  readonly #context: PostContext;
  readonly #retry: RetryPolicy;
  readonly #source: OtlpSource;
  readonly #periodic: Periodic;
  readonly #abort = new AbortController();
  readonly #deltas: DeltaState | undefined;
  readonly #startNanos: bigint;
  readonly #stats = { pushes: 0, failedPushes: 0, deliveredPoints: 0, rejectedPoints: 0 };
  #current: Promise<OtlpPushOutcome> | undefined;

  constructor(options: OtlpPushOptions) {
    this.#options = options;
    const clock = options.clock ?? systemTimerClock;
    this.#clock = clock;
    this.#context = {
      clock,
      fetch: options.fetch ?? fetch,
      isRetryable: (status) => RETRYABLE.has(status),
    };
    this.#retry = { ...BACKOFF_DEFAULT, attemptsMax: 5, elapsedMaxMs: 60_000, ...options.retry };
    this.#source = {
      resource: { 'service.name': 'unknown_service:node', ...options.resource },
      scopeName: '@bellwether/metrics',
    };
    this.#deltas = options.temporality === 'delta' ? new DeltaState() : undefined;
    this.#startNanos = nanosOf(clock.nowMs() / 1000);
    this.#periodic = new Periodic(clock, options.intervalMs ?? 60_000, async () => {
      await this.#join();
    });
  }

  /** What happened so far. */
  get stats(): OtlpPushStats {
    return { ...this.#stats };
  }

  /** Begins to push at intervals. */
  start(): void {
    this.#periodic.start();
  }

  /** Pushes now; joins a push that is under way. Never rejects: the outcome says how it went. */
  push(): Promise<OtlpPushOutcome> {
    return keepAliveDuring(this.#clock, this.#join());
  }

  /**
   * Stops pushing at intervals and pushes a last time, for at most `graceMs`
   * (default 2 s); what is not delivered then is given up.
   */
  close(graceMs = 2000): Promise<OtlpPushOutcome> {
    return keepAliveDuring(this.#clock, this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<OtlpPushOutcome> {
    this.#periodic.stop();
    const timer = this.#clock.setTimeout(() => this.#abort.abort(), graceMs);
    await this.#current;
    const outcome = await this.#join();
    this.#clock.clearTimeout(timer);
    this.#abort.abort();
    return outcome;
  }

  #join(): Promise<OtlpPushOutcome> {
    this.#current ??= this.#push().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  async #push(): Promise<OtlpPushOutcome> {
    let delivered = 0;
    let rejected = 0;
    let error: PushError | undefined;
    try {
      const metrics = await this.#collect();
      for (const request of batchesOf(metrics, this.#options.pointsPerRequestMax ?? 5000)) {
        const taken = await this.#send(request);
        delivered += taken.delivered;
        rejected += taken.rejected;
        error ??= taken.error;
        // What one request cannot deliver for now, the next one cannot either.
        if (taken.error?.retryable || taken.error?.code === 'CLOSED') break;
      }
      this.#deltas?.prune(metrics);
    } catch (cause) {
      error = this.#report(new PushError('COLLECT_FAILED', { cause }));
    }
    this.#stats.pushes++;
    if (error !== undefined) this.#stats.failedPushes++;
    this.#stats.deliveredPoints += delivered;
    this.#stats.rejectedPoints += rejected;
    return { delivered, rejected, error };
  }

  async #collect(): Promise<OtlpMetric[]> {
    const families = await this.#options.families();
    const nowNanos = nanosOf(this.#clock.nowMs() / 1000);
    const steps = otlpSteps(families, { nowNanos, startNanos: this.#startNanos });
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await nextTurn();
    }
  }

  async #send(metrics: readonly OtlpMetric[]): Promise<OtlpPushOutcome> {
    const deltas = this.#deltas;
    const outgoing = deltas ? metrics.flatMap((metric) => deltas.difference(metric) ?? []) : metrics;
    const points = outgoing.reduce((sum, metric) => sum + metric.points.length, 0);
    if (points === 0) return { delivered: 0, rejected: 0, error: undefined };
    try {
      const { body, headers } = await this.#encode(outgoing);
      const { url, timeoutMs = 10_000 } = this.#options;
      const request = { url, headers, body, timeoutMs, signal: this.#abort.signal };
      const answer = await postWithRetries(
        request,
        this.#context,
        this.#retry,
        this.#options.random ?? Math.random,
      );
      for (const metric of metrics) deltas?.commit(metric);
      const partial = readPartialSuccess(answer.body, answer.headers.get('content-type') ?? '');
      if (partial === undefined) return { delivered: points, rejected: 0, error: undefined };
      const detail = `${partial.rejectedDataPoints} data points: ${partial.errorMessage}`;
      const error = this.#report(new PushError('PARTIAL', { detail, status: answer.status }));
      const rejected = Math.min(points, partial.rejectedDataPoints);
      return { delivered: points - rejected, rejected, error };
    } catch (cause) {
      const error = this.#report(
        cause instanceof PushError ? cause : new PushError('ENCODE_FAILED', { cause }),
      );
      if (error.retryable || error.code === 'CLOSED') return { delivered: 0, rejected: 0, error };
      // Refused for good: sending the same again would be refused again.
      for (const metric of metrics) deltas?.commit(metric);
      return { delivered: 0, rejected: points, error };
    }
  }

  async #encode(
    metrics: readonly OtlpMetric[],
  ): Promise<{ body: Uint8Array<ArrayBuffer>; headers: Record<string, string> }> {
    const isJson = this.#options.encoding === 'json';
    const plain = isJson ? encodeOtlpJson(metrics, this.#source) : encodeOtlpProtobuf(metrics, this.#source);
    const contentType = isJson ? 'application/json' : 'application/x-protobuf';
    const own = { 'content-type': contentType, 'user-agent': USER_AGENT };
    const headers: Record<string, string> = { ...this.#options.headers, ...own };
    if (this.#options.compression === 'none') return { body: plain, headers };
    headers['content-encoding'] = 'gzip';
    return { body: new Uint8Array(await gzipAsync(plain)), headers };
  }

  #report(error: PushError): PushError {
    try {
      this.#options.onError?.(error);
    } catch {
      // A listener that throws must not stop the pushing.
    }
    return error;
  }
}
