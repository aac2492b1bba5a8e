/**
 * Runs one check again and again, off the path of any request, and keeps its last
 * result. A run that does not end is given up at its time-out; as long as it has
 * not really ended no second one is begun, so that a check that hangs holds one
 * thread or socket and not one more each time.
 */

import type { Clock, ClockTimer } from '../clock.ts';
import type { CheckOutcome, HealthCheck } from './check.ts';

/** How long after one run the next begins, where a check does not say. */
export const INTERVAL_MS = 15_000;

/** After what time a run counts as failed, where a check does not say. */
export const TIMEOUT_MS = 5000;

/** Messages are cut after this many characters. */
export const MESSAGE_LENGTH_MAX = 300;

/** The last result of a check. */
export interface CheckResult extends CheckOutcome {
  /** Wall time at which the result was there; `null` before the first one. */
  readonly atMs: number | null;
  readonly durationMs: number;
}

/** A check that is being run. */
export interface Watch {
  readonly check: HealthCheck;
  readonly result: CheckResult;
  /** Begins with a run at once; settles when that one has a result, at the latest at its time-out. */
  start(): Promise<void>;
  stop(): void;
}

/** Watches a check; `onResult` hears of every result. */
export function watchCheck(options: {
  readonly check: HealthCheck;
  readonly clock: Clock;
  /** Takes secrets out of the messages of errors. */
  readonly redact: (text: string) => string;
  readonly onResult: (result: CheckResult, before: CheckResult) => void;
}): Watch {
  return new RunningWatch(options);
}

class RunningWatch implements Watch {
  readonly check: HealthCheck;
  result: CheckResult = {
    status: 'degraded',
    message: 'The check has not run yet.',
    atMs: null,
    durationMs: 0,
  };
  readonly #clock: Clock;
  readonly #redact: (text: string) => string;
  readonly #onResult: (result: CheckResult, before: CheckResult) => void;
  #timer: ClockTimer | undefined;
  #abort: AbortController | undefined;
  #stopped = false;

  constructor(options: Parameters<typeof watchCheck>[0]) {
    this.check = options.check;
    this.#clock = options.clock;
    this.#redact = options.redact;
    this.#onResult = options.onResult;
  }

  async start(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const startedMs = this.#clock.monotonicMs();
    const run = this.#run(abort.signal);
    const timeoutMs = this.check.timeoutMs ?? TIMEOUT_MS;
    const inTime = await this.#orTimeout(run, timeoutMs);
    const durationMs = this.#clock.monotonicMs() - startedMs;
    if (inTime) {
      this.#take(await run, durationMs);
      this.#scheduleNext();
      return;
    }
    abort.abort(new Error(`The check took longer than ${timeoutMs} ms.`));
    this.#take({ status: 'unhealthy', message: `No answer within ${timeoutMs} ms.` }, durationMs);
    // The next run waits for the end of this one, however long it takes. What it says then is too old to be used.
    void run.then(() => this.#scheduleNext());
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.clearTimeout(this.#timer);
    this.#abort?.abort(new Error('The check is no longer needed.'));
    this.check.close?.();
  }

  /** A run that never rejects. */
  async #run(signal: AbortSignal): Promise<CheckOutcome> {
    try {
      return await this.check.run(signal);
    } catch (error) {
      return { status: 'unhealthy', message: reasonOf(error) };
    }
  }

  async #orTimeout(run: Promise<unknown>, timeoutMs: number): Promise<boolean> {
    let timer: ClockTimer | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(false), timeoutMs).unref();
    });
    const inTime = await Promise.race([run.then(() => true), timeout]);
    this.#clock.clearTimeout(timer);
    return inTime;
  }

  #take(outcome: CheckOutcome, durationMs: number): void {
    if (this.#stopped) return;
    const before = this.result;
    const message = this.#redact(outcome.message)
      .replaceAll(/\p{Cc}+/gu, ' ')
      .slice(0, MESSAGE_LENGTH_MAX);
    this.result = { ...outcome, message, atMs: this.#clock.nowMs(), durationMs };
    this.#onResult(this.result, before);
  }

  #scheduleNext(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock
      .setTimeout(() => void this.start(), this.check.intervalMs ?? INTERVAL_MS)
      .unref();
  }
}

/**
 * What an error says, without the paths and addresses that errors of the operating
 * system carry: anybody may read it.
 *
 * @example reasonOf(await fetch('http://10.0.0.1:9').catch((error) => error)) // 'fetch failed: connect ECONNREFUSED'
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9_]+$/.test(error.code)) {
    return 'syscall' in error && typeof error.syscall === 'string'
      ? `${error.syscall} ${error.code}`
      : error.code;
  }
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}
