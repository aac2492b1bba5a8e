/** Scrapes one target again and again, and knows how it went. */

import type { Clock, ClockTimer } from '../clock.ts';
import type { CollectorJob } from '../config/collector-items.ts';
import { reasonOf } from '../health/index.ts';
import type { Outgoing } from '../outgoing/index.ts';
import type { Sample } from '../samples/sample.ts';
import { type OnSecret, readCredentials } from './credentials.ts';
import type { Target } from './discovery.ts';
import { ExporterMapper } from './exporter-mapper.ts';
import { readScrape, RestartWatch } from './read-scrape.ts';
import type { Turns } from './turns.ts';

/** How a scrape ended. */
export interface Scrape {
  readonly target: Target;
  readonly ok: boolean;
  readonly samples: readonly Sample[];
  readonly rejected: number;
  /** Series of a known exporter that were not put under our names since there are too many. */
  readonly overflow: number;
  readonly restarted: boolean;
}

/** A target as people see it. */
export interface TargetView {
  readonly job: string;
  readonly instance: string;
  readonly url: string;
  readonly state: 'unknown' | 'up' | 'down';
  readonly labels: Readonly<Record<string, string>>;
  readonly last_scrape: string | null;
  readonly last_success: string | null;
  readonly duration_ms: number | null;
  readonly samples: number;
  /** The known exporters in the last scrape that succeeded. */
  readonly exporters: readonly string[];
  readonly restarts: number;
  readonly problem: string | null;
}

/** What loops need. */
export interface LoopOptions {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  readonly turns: Turns;
  readonly onSecret: OnSecret;
  /** Keeps what was scraped; a rejection makes the scrape a failed one. */
  readonly keep: (scrape: Scrape) => Promise<void>;
}

const ACCEPT =
  'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.9,text/plain;q=0.5,*/*;q=0.1';

export class TargetLoop {
  readonly #options: LoopOptions;
  readonly #job: CollectorJob;
  readonly #target: Target;
  readonly #intervalMs: number;
  readonly #restarts = new RestartWatch();
  readonly #mapper: ExporterMapper;
  readonly #abort = new AbortController();
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #view: TargetView;

  constructor(options: LoopOptions, job: CollectorJob, target: Target, intervalMs: number) {
    this.#options = options;
    this.#job = job;
    this.#target = target;
    this.#intervalMs = intervalMs;
    this.#mapper = new ExporterMapper(job.exporter, target);
    const { instance, url, labels } = target;
    this.#view = {
      job: job.id,
      instance,
      url,
      state: 'unknown',
      labels,
      last_scrape: null,
      last_success: null,
      duration_ms: null,
      samples: 0,
      exporters: [],
      restarts: 0,
      problem: null,
    };
  }

  get view(): TargetView {
    return this.#view;
  }

  /** Begins, at a moment of the interval that is the target's own, so that not all are scraped at once. */
  start(): void {
    this.#schedule(spread(this.#target.url) * this.#intervalMs);
  }

  /** Ends; settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    this.#abort.abort();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    this.#timer = this.#options.clock
      .setTimeout(() => {
        const { clock, turns } = this.#options;
        const dueMs = clock.monotonicMs();
        this.#running = turns
          .run(() => this.#run())
          .then(() => {
            // The next multiple of the interval, so that slow answers do not move the moments.
            const late = (clock.monotonicMs() - dueMs) % this.#intervalMs;
            this.#schedule(this.#intervalMs - late);
          });
      }, delayMs)
      .unref();
  }

  async #run(): Promise<void> {
    const { clock, keep } = this.#options;
    if (this.#abort.signal.aborted) return;
    const [startedMs, atMs] = [clock.monotonicMs(), clock.nowMs()];
    try {
      const { samples, rejected, families } = await this.#scrape(atMs);
      const durationMs = clock.monotonicMs() - startedMs;
      const restarted = this.#restarts.take(samples);
      const own = this.#own(atMs, 1, durationMs, samples.length);
      const target = this.#target;
      const mapped = this.#mapper.take(families, { atMs, restarted });
      const all = [...(this.#job.raw ? samples : []), ...mapped.samples, ...own];
      await keep({ target, ok: true, samples: all, rejected, overflow: mapped.overflow, restarted });
      const at = new Date(atMs).toISOString();
      this.#show(at, durationMs, {
        state: 'up',
        last_success: at,
        samples: samples.length,
        exporters: mapped.exporters,
        restarts: this.#view.restarts + Number(restarted),
        problem: null,
      });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const durationMs = clock.monotonicMs() - startedMs;
      this.#show(new Date(atMs).toISOString(), durationMs, {
        state: 'down',
        samples: 0,
        problem: reasonOf(error).slice(0, 300),
      });
      const samples = this.#own(atMs, 0, durationMs, 0);
      // A journal that takes nothing shows in its own health check.
      await keep({
        target: this.#target,
        ok: false,
        samples,
        rejected: 0,
        overflow: 0,
        restarted: false,
      }).catch(() => undefined);
    }
  }

  async #scrape(atMs: number) {
    const { url, isOwn } = this.#target;
    const { timeoutMs, bodyBytesMax, samplesMax, access } = this.#job;
    const { headers: own, tls } = readCredentials(access, this.#options.onSecret);
    const { status, headers, body } = await this.#options.outgoing.request({
      url,
      headers: { accept: ACCEPT, ...own },
      ...(tls === undefined ? {} : { tls }),
      timeoutMs: Math.min(timeoutMs, this.#intervalMs),
      responseBytesMax: bodyBytesMax,
      ownDependency: isOwn,
      signal: this.#abort.signal,
    });
    if (status !== 200) throw new Error(`the target answered ${status}`);
    return readScrape(body, headers['content-type'], this.#target, { samplesMax, atMs });
  }

  /** What Prometheus keeps of every scrape, under its names. */
  #own(timestampMs: number, up: 0 | 1, durationMs: number, count: number): Sample[] {
    const { labels } = this.#target;
    const gauge = (name: string, value: number): Sample => ({
      name,
      kind: 'gauge',
      labels,
      timestampMs,
      value,
    });
    return [
      gauge('up', up),
      gauge('scrape_duration_seconds', durationMs / 1000),
      gauge('scrape_samples_scraped', count),
    ];
  }

  #show(at: string, durationMs: number, more: Partial<TargetView>): void {
    const duration_ms = Math.round(durationMs * 1000) / 1000;
    this.#view = { ...this.#view, last_scrape: at, duration_ms, ...more };
  }
}

/** A fraction of 1 that is always the same for a text: its FNV-1a hash. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
