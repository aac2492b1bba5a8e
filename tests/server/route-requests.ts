/**
 * One request for every route, as the test of who may ask what sends it. A route
 * that changes something for good is sent a body that it refuses, after it has let
 * the sender in.
 */

/** What to send to a route. */
export interface RouteRequest {
  /** The address, where it is not the pattern itself. */
  readonly path?: string;
  readonly body?: unknown;
  /** The answer to somebody who is restricted to no tenant has rows of every tenant. */
  readonly showsTenants?: true;
}

const wide = 'from=2026-01-01&to=2027-01-01';
const reservation = { reservation: 'none' };

/** By method and pattern, as in the table of the server. */
export const routeRequests: Readonly<Record<string, RouteRequest>> = {
  'GET /': {},
  'GET /openapi.json': {},
  'GET /livez': {},
  'GET /readyz': {},
  'GET /health': {},
  'GET /api/v1/sd/prometheus': {},
  'GET /docs': {},
  'GET /docs/*': { path: '/docs/operate/running' },
  'GET /docs/search': { path: '/docs/search?q=backup' },
  'GET /docs/style.css': {},
  'GET /runbooks': {},
  'GET /runbooks/:name': { path: '/runbooks/TargetDown' },
  'GET /metrics': {},
  'GET /metrics/business': {},
  'POST /v1/events': { body: [] },
  'POST /v1/traces': { body: {} },
  'POST /v1/metrics': { body: {} },
  'POST /v1/feedback': { body: [] },
  'GET /api/v1/feedback': { path: '/api/v1/feedback?request_id=globex-1&tenant=acme' },
  'GET /api/v1/costs': { path: '/api/v1/costs?by=tenant,model,user_id,team', showsTenants: true },
  'GET /api/v1/costs/explain': { path: `/api/v1/costs/explain?${wide}&by=tenant`, showsTenants: true },
  'GET /api/v1/overview': { showsTenants: true },
  'GET /api/v1/performance': { path: '/api/v1/performance?by=tenant,team', showsTenants: true },
  'GET /api/v1/samples': { path: '/api/v1/samples?metric=none' },
  'GET /api/v1/targets': {},
  'GET /api/v1/measures': {},
  'GET /api/v1/series': {
    path: `/api/v1/series?measure=requests&by=tenant,model&${wide}&step=28d`,
    showsTenants: true,
  },
  'POST /api/v1/reconciliations': { body: {} },
  'GET /api/v1/self-hosted': {},
  'GET /api/v1/verify': {},
  'GET /api/v1/export/:kind': { path: '/api/v1/export/events?format=json', showsTenants: true },
  'GET /api/v1/exports/:id': { path: '/api/v1/exports/00000000-0000-0000-0000-000000000000' },
  'GET /api/v1/budgets': { showsTenants: true },
  'GET /api/v1/budgets/verify': {},
  'GET /api/v1/budgets/:id': { path: '/api/v1/budgets/tenants', showsTenants: true },
  'POST /api/v1/budgets/reserve': { body: { amount_usd: '0.01', key: 'k' } },
  'POST /api/v1/budgets/commit': { body: reservation },
  'POST /api/v1/budgets/release': { body: reservation },
  'POST /api/v1/budgets/:id/reserve': { path: '/api/v1/budgets/tenants/reserve', body: {} },
  'POST /api/v1/budgets/:id/commit': { path: '/api/v1/budgets/tenants/commit', body: reservation },
  'POST /api/v1/budgets/:id/release': { path: '/api/v1/budgets/tenants/release', body: reservation },
  'GET /api/v1/erasures': {},
  'POST /api/v1/erasures': { body: { nonsense: 1 } },
  'GET /api/v1/backups': {},
  'POST /api/v1/backups': { body: { nonsense: 1 } },
  'POST /api/v1/backups/verify': { body: { nonsense: 1 } },
  'GET /api/v1/retention': {},
  'POST /api/v1/retention': { body: { nonsense: 1 } },
  'POST /api/v1/archive': { body: { nonsense: 1 } },
  'POST /api/v1/archive/restore': { body: { nonsense: 1 } },
  'GET /api/v1/reratings': {},
  'POST /api/v1/reratings': { body: { nonsense: 1 } },
  'POST /api/v1/reratings/:id/undo': { path: '/api/v1/reratings/0/undo', body: {} },
  'GET /api/v1/objectives': {},
  'GET /api/v1/objectives/compliance': {},
  'GET /api/v1/objectives/violations': {},
  'GET /api/v1/objectives/:id': { path: '/api/v1/objectives/none' },
  'GET /api/v1/objectives/:id/compliance': { path: '/api/v1/objectives/none/compliance' },
  'GET /api/v1/slos': {},
  'GET /api/v1/sla': {},
  'GET /api/v1/business': { path: '/api/v1/business?by=tenant,user_id', showsTenants: true },
  'GET /api/v1/deployments': {},
  'GET /api/v1/deployments/:id': { path: '/api/v1/deployments/none' },
  'POST /api/v1/deployments': { body: { nonsense: 1 } },
  'GET /api/v1/anomalies': {},
  'GET /api/v1/anomalies/:id': { path: '/api/v1/anomalies/none' },
  'GET /api/v1/baselines': {},
  'GET /api/v1/trends': { path: '/api/v1/trends?measure=requests' },
  'GET /api/v1/forecasts': { path: '/api/v1/forecasts?measure=requests' },
  'GET /api/v1/regressions': { path: '/api/v1/regressions?at=2026-11-01T00:00:00Z' },
  'GET /api/v1/alerts': {},
  'GET /api/v1/alerts/:id': { path: '/api/v1/alerts/none' },
  'POST /api/v1/alerts/:id/acknowledge': { path: '/api/v1/alerts/none/acknowledge', body: {} },
  'POST /api/v1/alerts/:id/resolve': { path: '/api/v1/alerts/none/resolve', body: {} },
  'POST /api/v1/alerts/:id/snooze': { path: '/api/v1/alerts/none/snooze', body: {} },
  'GET /api/v1/incidents': {},
  'GET /api/v1/incidents/:id': { path: '/api/v1/incidents/none' },
  'GET /api/v1/silences': {},
  'POST /api/v1/silences': { body: { nonsense: 1 } },
  'DELETE /api/v1/silences/:id': { path: '/api/v1/silences/none' },
  'GET /api/v1/notifications': {},
  'POST /api/v1/notifications/:id/retry': { path: '/api/v1/notifications/none/retry', body: {} },
  'POST /api/v1/notifications/test': { body: { channel: 'none' } },
  'GET /api/v1/tokens': {},
  'POST /api/v1/tokens': { body: { nonsense: 1 } },
  'POST /api/v1/tokens/:id/revoke': { path: '/api/v1/tokens/nobody/revoke' },
  'GET /api/v1/audit': {},
  'GET /api/v1/config': {},
  'GET /api/v1/config/schema': {},
  'POST /-/reload': {},
};
