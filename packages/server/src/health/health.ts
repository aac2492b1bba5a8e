/**
 * The health of the server: its checks, what they say together, and the answers
 * of the health endpoints. Answers are made from the last results, so that asking
 * costs nothing and waits for nothing.
 */

import type { Clock } from '../clock.ts';
import type { HealthAnswer } from './answers.ts';
import { healthAnswer, liveAnswer, readyAnswer } from './answers.ts';
import type { HealthCheck, HealthStatus } from './check.ts';
import { worse } from './check.ts';
import type { HealthPhase, HealthReport } from './report.ts';
import type { CheckResult, Watch } from './watch.ts';
import { watchCheck } from './watch.ts';

/** A check whose status is another one than before. */
export interface HealthChange {
  readonly name: string;
  readonly component: string;
  readonly from: HealthStatus;
  readonly to: HealthStatus;
  readonly message: string;
}

/** The health of one server. */
export interface Health {
  /** Begins to run the checks; settles when each has its first result, at the latest at its time-out. */
  start(): Promise<void>;
  /** Adds a check while running, and gives what removes it again. */
  add(check: HealthCheck): () => void;
  /** Tells how far the server is: `/readyz` says yes only while it is `ready`. */
  setPhase(phase: HealthPhase): void;
  report(): HealthReport;
  /** `GET /health`; `accept` is the request's Accept header. */
  health(accept?: string): HealthAnswer;
  /** `GET /livez`: that this process answers is all it says. */
  live(): HealthAnswer;
  /** `GET /readyz`: whether requests should be sent here; `verbose` lists the checks for a person. */
  ready(verbose?: boolean): HealthAnswer;
  stop(): void;
}

/** What a health needs. */
export interface HealthOptions {
  readonly clock: Clock;
  /** The service's name, as it shows itself. */
  readonly service: string;
  readonly version: string;
  readonly checks?: readonly HealthCheck[];
  /** True once metrics are being collected. */
  readonly metricsCollected: () => boolean;
  /** Takes secrets out of the messages of errors: health may be asked by anybody. */
  readonly redact: (text: string) => string;
  /** Hears of every change of a check's status, also of the first one to something else than healthy. */
  readonly onChange?: (change: HealthChange) => void;
}

/** The most checks at a time. */
export const CHECKS_MAX = 1000;

/** Makes the health of a server; nothing runs before `start`. */
export function createHealth(options: HealthOptions): Health {
  const { clock } = options;
  const startedMs = clock.monotonicMs();
  const watches = new Map<string, Watch>();
  let phase: HealthPhase = 'starting';
  let running = false;

  const add = (check: HealthCheck): (() => void) => {
    if (watches.has(check.name)) throw new Error(`There already is a health check called ${check.name}.`);
    if (watches.size >= CHECKS_MAX) throw new RangeError(`There are more than ${CHECKS_MAX} health checks.`);
    const watch = watchCheck({
      check,
      clock,
      redact: options.redact,
      onResult: (result, before) => announce(options, check, result, before),
    });
    watches.set(check.name, watch);
    if (running) void watch.start();
    return () => {
      if (watches.get(check.name) !== watch) return;
      watches.delete(check.name);
      watch.stop();
    };
  };
  for (const check of options.checks ?? []) add(check);

  const report = (): HealthReport => ({
    status: overall(watches.values()),
    phase,
    service: options.service,
    version: options.version,
    metricsCollected: options.metricsCollected(),
    nowMs: clock.nowMs(),
    uptimeSeconds: (clock.monotonicMs() - startedMs) / 1000,
    checks: [...watches.values()].map(({ check, result }) => ({ check, result })),
  });
  return {
    start: async () => {
      running = true;
      await Promise.all([...watches.values()].map(async (watch) => watch.start()));
    },
    add,
    setPhase: (next) => {
      phase = next;
    },
    report,
    health: (accept) => healthAnswer(report(), accept),
    live: liveAnswer,
    ready: (verbose = false) => readyAnswer(report(), verbose),
    stop: () => {
      running = false;
      for (const watch of watches.values()) watch.stop();
    },
  };
}

/** A part that the server can do without makes it degraded at worst. */
function overall(watches: Iterable<Watch>): HealthStatus {
  let status: HealthStatus = 'healthy';
  for (const { check, result } of watches) {
    const counted = result.status === 'unhealthy' && !check.critical ? 'degraded' : result.status;
    status = worse(status, counted);
  }
  return status;
}

function announce(
  options: HealthOptions,
  check: HealthCheck,
  result: CheckResult,
  before: CheckResult,
): void {
  // Before its first result a check counts as degraded, which is no news when it then turns out to be healthy.
  const from = before.atMs === null ? 'healthy' : before.status;
  if (from === result.status) return;
  const { name, component } = check;
  const change = { name, component, from, to: result.status, message: result.message };
  // Not within the run of the check: a listener that throws must not end the watch.
  queueMicrotask(() => options.onChange?.(change));
}
