/** Scrapes the targets of all jobs, each at its interval, and asks discovery for targets again and again. */

import type { Clock, ClockTimer } from '../clock.ts';
import type { CollectorJob } from '../config/collector-items.ts';
import { reasonOf } from '../health/index.ts';
import type { Outgoing } from '../outgoing/index.ts';
import type { OnSecret } from './credentials.ts';
import { fileTargets, httpTargets, staticTargets, type Target, TARGETS_MAX } from './discovery.ts';
import { type LoopOptions, type Scrape, TargetLoop, type TargetView } from './target-loop.ts';
import { Turns } from './turns.ts';

/** Scrapes under way at a time. */
const SCRAPES_MAX = 32;

export interface CollectorOptions {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  /** Where a job does not say. */
  readonly intervalMs: number;
  readonly keep: (scrape: Scrape) => Promise<void>;
  readonly onSecret: OnSecret;
}

/** A job as people see it. */
export interface JobView {
  readonly job: string;
  readonly interval_seconds: number;
  /** Why its discovery gives nothing new; null if all is well. */
  readonly discovery_problem: string | null;
  /** Whether any certificate of its targets is taken. */
  readonly insecure: boolean;
  readonly targets: readonly TargetView[];
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #loops: LoopOptions;
  #jobs: JobLoop[] = [];
  #ending: Promise<unknown> = Promise.resolve();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#loops = { ...options, turns: new Turns(SCRAPES_MAX) };
  }

  /** Collects for these jobs from now on, and for no others. A job that is as it was goes on undisturbed. */
  define(definitions: readonly CollectorJob[]): void {
    const known = new Map(this.#jobs.map((job) => [JSON.stringify(job.definition), job]));
    this.#jobs = definitions.map((definition) => {
      const key = JSON.stringify(definition);
      const same = known.get(key);
      known.delete(key);
      if (same !== undefined) return same;
      const job = new JobLoop(this.#loops, definition, definition.intervalMs ?? this.#options.intervalMs);
      job.start();
      return job;
    });
    this.#end([...known.values()]);
  }

  get views(): JobView[] {
    return this.#jobs.map(({ view }) => view);
  }

  /** Ends all of it. */
  stop(): void {
    this.#end(this.#jobs);
  }

  /** Settles when nothing is under way any more. */
  async close(): Promise<void> {
    this.stop();
    await this.#ending;
  }

  #end(jobs: readonly JobLoop[]): void {
    const before = this.#ending;
    this.#ending = Promise.all([before, ...jobs.map((job) => job.stop())]);
  }
}

class JobLoop {
  readonly definition: CollectorJob;
  readonly #options: LoopOptions;
  readonly #intervalMs: number;
  readonly #targets = new Map<string, TargetLoop>();
  readonly #abort = new AbortController();
  /** By source, the targets that it gave last: they stay when it fails. */
  readonly #found = new Map<string, readonly Target[]>();
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #ended: Promise<unknown> = Promise.resolve();
  #problem: string | null = null;

  constructor(options: LoopOptions, definition: CollectorJob, intervalMs: number) {
    this.#options = options;
    this.definition = definition;
    this.#intervalMs = intervalMs;
  }

  get view(): JobView {
    return {
      job: this.definition.id,
      interval_seconds: this.#intervalMs / 1000,
      discovery_problem: this.#problem,
      insecure: this.definition.access.tls.insecure,
      targets: [...this.#targets.values()].map(({ view }) => view),
    };
  }

  start(): void {
    this.#found.set('static', staticTargets(this.definition));
    this.#adopt();
    this.#running = this.#discover();
  }

  async stop(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    this.#abort.abort();
    await this.#running;
    await Promise.all([this.#ended, ...[...this.#targets.values()].map((loop) => loop.stop())]);
  }

  async #discover(): Promise<void> {
    const { httpSd, fileSd, refreshMs } = this.definition;
    if (httpSd.length + fileSd.length === 0) return;
    let problem: string | null = null;
    const take = async (source: string, targets: Promise<Target[]>): Promise<void> => {
      try {
        this.#found.set(source, await targets);
      } catch (error) {
        problem = reasonOf(error).slice(0, 300);
      }
    };
    const { outgoing } = this.#options;
    await Promise.all([
      ...httpSd.map((url) => take(url, httpTargets(this.definition, url, outgoing, this.#abort.signal))),
      ...fileSd.map((path) => take(path, fileTargets(this.definition, path))),
    ]);
    if (this.#abort.signal.aborted) return;
    this.#problem = problem;
    this.#adopt();
    this.#timer = this.#options.clock
      .setTimeout(() => {
        this.#running = this.#discover();
      }, refreshMs)
      .unref();
  }

  /** Begins with targets that are new, and ends with those that are gone. */
  #adopt(): void {
    const wanted = new Map<string, Target>();
    // What the operator named comes first, and is not displaced by what a service names.
    for (const target of [...this.#found.values()].flat()) {
      if (wanted.has(target.url)) continue;
      if (wanted.size >= TARGETS_MAX) this.#problem = `there are more than ${TARGETS_MAX} targets`;
      else wanted.set(target.url, target);
    }
    const keys = new Map([...wanted.values()].map((target) => [JSON.stringify(target), target]));
    for (const [key, loop] of this.#targets) {
      if (keys.has(key)) continue;
      this.#targets.delete(key);
      this.#ended = Promise.all([this.#ended, loop.stop()]);
    }
    for (const [key, target] of keys) {
      if (this.#targets.has(key)) continue;
      const loop = new TargetLoop(this.#options, this.definition, target, this.#intervalMs);
      this.#targets.set(key, loop);
      loop.start();
    }
  }
}
