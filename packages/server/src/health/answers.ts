/**
 * The answers of the health endpoints: the format that was asked for at
 * `GET /health`, and `application/health+json` (draft-inadarei-api-health-check-06)
 * for clients that prefer it.
 */

import type { HealthStatus } from './check.ts';
import type { HealthReport } from './report.ts';

/** An answer, for whatever serves it over HTTP. It must not be cached. */
export interface HealthAnswer {
  readonly statusCode: 200 | 503;
  readonly contentType: string;
  readonly body: string;
}

const HEALTH_JSON = 'application/health+json';

/** The body of `GET /health`. */
export interface HealthBody {
  readonly status: HealthStatus;
  readonly service: string;
  readonly version: string;
  readonly metrics_collected: boolean;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly uptime_seconds: number;
  readonly checks: Readonly<Record<string, HealthBodyCheck>>;
}

/** One check in {@link HealthBody}. */
export interface HealthBodyCheck {
  readonly component: string;
  readonly status: HealthStatus;
  readonly message: string;
  /** RFC 3339; `null` before the first result. */
  readonly last_check: string | null;
  readonly duration_ms: number;
}

/** The answer to `GET /health`: 200 while the server can be used, 503 when it cannot. */
export function healthAnswer(report: HealthReport, accept: string | undefined): HealthAnswer {
  const statusCode = report.status === 'unhealthy' ? 503 : 200;
  return prefersHealthJson(accept)
    ? { statusCode, contentType: HEALTH_JSON, body: JSON.stringify(draftBody(report)) }
    : { statusCode, contentType: 'application/json; charset=utf-8', body: JSON.stringify(plainBody(report)) };
}

/** The answer to `GET /livez`. It asks no check: a server whose disk is full does not get better by a restart. */
export function liveAnswer(): HealthAnswer {
  return { statusCode: 200, contentType: 'text/plain; charset=utf-8', body: 'ok\n' };
}

/** The answer to `GET /readyz`: 200 between start and stop while the server is not unhealthy. */
export function readyAnswer(report: HealthReport, verbose: boolean): HealthAnswer {
  const ready = report.phase === 'ready' && report.status !== 'unhealthy';
  const lines: string[] = [];
  if (verbose) {
    lines.push(`${report.phase === 'ready' ? '[+]' : '[-]'}phase ${report.phase}`);
    for (const { check, result } of report.checks) {
      const mark = result.status === 'unhealthy' && check.critical ? '[-]' : '[+]';
      lines.push(`${mark}${check.name} ${result.status}: ${result.message}`);
    }
  }
  lines.push(ready ? 'ok' : `not ready: ${report.phase === 'ready' ? report.status : report.phase}`);
  return {
    statusCode: ready ? 200 : 503,
    contentType: 'text/plain; charset=utf-8',
    body: `${lines.join('\n')}\n`,
  };
}

function plainBody(report: HealthReport): HealthBody {
  const checks = report.checks.map(({ check, result }) => [
    check.name,
    {
      component: check.component,
      status: result.status,
      message: result.message,
      last_check: result.atMs === null ? null : timeOf(result.atMs),
      duration_ms: rounded(result.durationMs),
    },
  ]);
  return {
    status: report.status,
    service: report.service,
    version: report.version,
    metrics_collected: report.metricsCollected,
    timestamp: timeOf(report.nowMs),
    uptime_seconds: rounded(report.uptimeSeconds),
    checks: Object.fromEntries(checks) as HealthBody['checks'],
  };
}

const draftStatus: Readonly<Record<HealthStatus, string>> = {
  healthy: 'pass',
  degraded: 'warn',
  unhealthy: 'fail',
};

function draftBody(report: HealthReport): Record<string, unknown> {
  const checks = new Map<string, unknown[]>();
  for (const { check, result } of report.checks) {
    const key = `${check.component}:${check.measurement ?? 'responseTime'}`;
    const observed = result.observed ?? { value: rounded(result.durationMs), unit: 'ms' };
    const entry = {
      componentId: check.name,
      componentType: check.componentType ?? 'component',
      observedValue: observed.value,
      observedUnit: observed.unit,
      status: draftStatus[result.status],
      ...(result.atMs === null ? {} : { time: timeOf(result.atMs) }),
      // The draft has no output for what passes.
      ...(result.status === 'healthy' ? {} : { output: result.message }),
    };
    checks.set(key, [...(checks.get(key) ?? []), entry]);
  }
  return {
    status: draftStatus[report.status],
    version: report.version.split('.')[0],
    releaseId: report.version,
    serviceId: report.service,
    checks: Object.fromEntries(checks),
  };
}

/**
 * True if an Accept header names `application/health+json` and prefers it to, or
 * likes it as well as, plain JSON. Who says nothing in particular gets plain JSON.
 */
function prefersHealthJson(accept = ''): boolean {
  let [draft, plain] = [0, 0];
  for (const range of accept.slice(0, 1000).toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = Number(
      /^q=([01](?:\.\d{1,3})?)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '')?.[1] ?? 1,
    );
    if (type === HEALTH_JSON) draft = quality;
    else if (type === 'application/json') plain = quality;
  }
  return draft > 0 && draft >= plain;
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** To the microsecond, where the unit is milliseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
