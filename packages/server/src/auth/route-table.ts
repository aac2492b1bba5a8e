/**
 * Every route and what it needs. A route that is not in this table is for
 * administrators only; a test walks the routes of a running server and fails for
 * one without an entry.
 */

import type { Role } from './principal.ts';

/**
 * Who may be answered.
 *
 * - `probe`: anyone, always: it says no more than whether the process works, except to whoever may see `monitoring`.
 * - `monitoring`: anyone, unless `access.open_monitoring` is off; then whoever has the role `read`.
 * - a role: whoever has it.
 */
export type Need = 'probe' | 'monitoring' | Role;

/** What a route needs, and what becomes of a token that is restricted to a tenant. */
export interface RouteEntry {
  readonly need: Need;
  /** `filtered`: the route goes by the tenant of the token itself. `refused`: it has no such token. */
  readonly tenant: 'filtered' | 'refused';
}

const filtered = (need: Need): RouteEntry => ({ need, tenant: 'filtered' });
const whole = (need: Need): RouteEntry => ({ need, tenant: 'refused' });
/** It says the same to everyone: there is nothing of a tenant in it. */
const neutral = filtered;

/** The entries, by method and pattern. */
export const routeTable: Readonly<Record<string, RouteEntry>> = {
  'GET /': neutral('read'),
  'GET /openapi.json': neutral('read'),
  'GET /livez': neutral('probe'),
  'GET /readyz': neutral('probe'),
  'GET /health': neutral('monitoring'),
  'GET /api/v1/sd/prometheus': neutral('monitoring'),
  'GET /docs': neutral('monitoring'),
  'GET /docs/*': neutral('monitoring'),
  'GET /docs/search': neutral('monitoring'),
  'GET /docs/style.css': neutral('monitoring'),
  'GET /runbooks': neutral('monitoring'),
  'GET /runbooks/:name': neutral('monitoring'),
  'GET /metrics': whole('monitoring'),
  'GET /metrics/business': whole('monitoring'),
  'POST /v1/events': filtered('ingest'),
  'POST /v1/traces': filtered('ingest'),
  'POST /v1/metrics': filtered('ingest'),
  'POST /v1/feedback': filtered('ingest'),
  'GET /api/v1/feedback': filtered('read'),
  'GET /api/v1/costs': filtered('read'),
  'GET /api/v1/costs/explain': filtered('read'),
  'GET /api/v1/overview': filtered('read'),
  'GET /api/v1/performance': filtered('read'),
  'GET /api/v1/backends': filtered('read'),
  'GET /api/v1/reports/:kind': filtered('read'),
  'GET /api/v1/advice': filtered('read'),
  'GET /api/v1/recommendations': filtered('read'),
  'GET /api/v1/what-if': filtered('read'),
  'GET /api/v1/samples': filtered('read'),
  'GET /api/v1/federation/buckets': whole('read'),
  'GET /api/v1/federation/cells': whole('read'),
  'GET /api/v1/federation/sites': whole('read'),
  'GET /api/v1/federation/overview': filtered('read'),
  'GET /api/v1/federation/costs': filtered('read'),
  'GET /api/v1/federation/performance': filtered('read'),
  'GET /api/v1/federation/top': filtered('read'),
  'GET /api/v1/targets': whole('read'),
  'GET /api/v1/measures': neutral('read'),
  'GET /api/v1/series': filtered('read'),
  'POST /api/v1/reconciliations': whole('read'),
  'GET /api/v1/self-hosted': whole('read'),
  'GET /api/v1/verify': whole('read'),
  'GET /api/v1/accuracy': whole('read'),
  'GET /api/v1/export/:kind': filtered('read'),
  'GET /api/v1/exports/:id': filtered('read'),
  'GET /api/v1/budgets': filtered('read'),
  'GET /api/v1/budgets/verify': whole('read'),
  'GET /api/v1/budgets/:id': filtered('read'),
  'POST /api/v1/budgets/reserve': filtered('ingest'),
  'POST /api/v1/budgets/commit': filtered('ingest'),
  'POST /api/v1/budgets/release': filtered('ingest'),
  'POST /api/v1/budgets/:id/reserve': filtered('ingest'),
  'POST /api/v1/budgets/:id/commit': filtered('ingest'),
  'POST /api/v1/budgets/:id/release': filtered('ingest'),
  'GET /api/v1/erasures': whole('operate'),
  'POST /api/v1/erasures': whole('operate'),
  'GET /api/v1/backups': whole('operate'),
  'POST /api/v1/backups': whole('operate'),
  'POST /api/v1/backups/verify': whole('operate'),
  'GET /api/v1/retention': whole('read'),
  'POST /api/v1/retention': whole('admin'),
  'POST /api/v1/archive': whole('admin'),
  'POST /api/v1/archive/restore': whole('admin'),
  'GET /api/v1/reratings': whole('read'),
  'POST /api/v1/reratings': whole('admin'),
  'POST /api/v1/reratings/:id/undo': whole('admin'),
  'GET /api/v1/objectives': whole('read'),
  'GET /api/v1/objectives/compliance': whole('read'),
  'GET /api/v1/objectives/violations': whole('read'),
  'GET /api/v1/objectives/:id': whole('read'),
  'GET /api/v1/objectives/:id/compliance': whole('read'),
  'GET /api/v1/slos': whole('read'),
  'GET /api/v1/sla': whole('read'),
  'GET /api/v1/business': filtered('read'),
  'GET /api/v1/deployments': whole('read'),
  'GET /api/v1/deployments/:id': whole('read'),
  'POST /api/v1/deployments': whole('operate'),
  'GET /api/v1/anomalies': whole('read'),
  'GET /api/v1/anomalies/:id': whole('read'),
  'GET /api/v1/baselines': whole('read'),
  'GET /api/v1/trends': whole('read'),
  'GET /api/v1/forecasts': whole('read'),
  'GET /api/v1/regressions': whole('read'),
  'GET /api/v1/alerts': whole('read'),
  'GET /api/v1/alerts/:id': whole('read'),
  'POST /api/v1/alerts/:id/acknowledge': whole('operate'),
  'POST /api/v1/alerts/:id/resolve': whole('operate'),
  'POST /api/v1/alerts/:id/snooze': whole('operate'),
  'GET /api/v1/incidents': whole('read'),
  'GET /api/v1/incidents/:id': whole('read'),
  'GET /api/v1/silences': whole('read'),
  'POST /api/v1/silences': whole('operate'),
  'DELETE /api/v1/silences/:id': whole('operate'),
  'GET /api/v1/notifications': whole('read'),
  'POST /api/v1/notifications/:id/retry': whole('operate'),
  'POST /api/v1/notifications/test': whole('operate'),
  'GET /api/v1/tokens': whole('admin'),
  'POST /api/v1/tokens': whole('admin'),
  'POST /api/v1/tokens/:id/revoke': whole('admin'),
  'GET /api/v1/audit': whole('admin'),
  'GET /api/v1/config': whole('admin'),
  'GET /api/v1/config/schema': neutral('read'),
  'POST /-/reload': whole('admin'),
};

/** What a route needs; a route nobody has thought of is for administrators. */
export function entryOf(method: string, pattern: string): RouteEntry {
  // A HEAD is a GET whose answer has no body.
  const key = `${method === 'HEAD' ? 'GET' : method} ${pattern}`;
  return Object.hasOwn(routeTable, key) ? (routeTable[key] ?? unknownRoute) : unknownRoute;
}

const unknownRoute: RouteEntry = whole('admin');
