/** `/api/v1/budgets`: what is left, and reservations for gateways. */

import { BellwetherError, type PicoUsd, parseUsd } from '@bellwether/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RequestLabels } from '../budgets/budget.ts';
import { tenantFor } from '../auth/index.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { OpenBudgets } from '../budgets/open-budgets.ts';
import { ownKey, withoutFigures } from '../budgets/tenant-budgets.ts';
import { findBudget, viewAll, viewOf, viewReservation } from '../budgets/view.ts';
import type { Clock } from '../clock.ts';
import { budgetDimensions } from '../config/index.ts';
import { errorSchema } from './error-body.ts';

/** How long a reservation holds its amount where the caller does not say. */
const TTL_SECONDS = 600;
const TTL_SECONDS_MAX = 86_400;
const KEY_LENGTH_MAX = 256;
const LABEL_LENGTH_MAX = 256;
/** As long as the id of an event. */
const REQUEST_ID_LENGTH_MAX = 128;
const BODY_LENGTH_MAX = 65_536;
/** The most that one reservation may hold, as with one event. */
const USD_MAX = 1_000_000_000;

type Body = Readonly<Record<string, unknown>>;
type ById = { readonly Params: { readonly id: string } };

const money = Type.Union([Type.String(), Type.Number()], { description: 'Exact decimal dollars.' });
const reserveSchema = Type.Object({
  amount_usd: money,
  key: Type.String({ description: 'Idempotency key: the same key is the same reservation.' }),
  ttl_seconds: Type.Optional(Type.Number({ description: `${TTL_SECONDS} if absent.` })),
  labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  request_id: Type.Optional(Type.String({ description: 'The id of the event that will tell the cost.' })),
});
const commitSchema = Type.Object({
  reservation: Type.String(),
  cost_usd: Type.Optional(money),
  request_id: Type.Optional(Type.String()),
});
const releaseSchema = Type.Object({ reservation: Type.String() });
const responses = { '4xx': errorSchema, '5xx': errorSchema };

/** Adds the routes of budgets. */
export function budgetRoutes(open: OpenBudgets, clock: Clock) {
  return (server: FastifyInstance): void => {
    readingRoutes(server, open, clock);
    reservationRoutes(server, open);
  };
}

function readingRoutes(server: FastifyInstance, open: OpenBudgets, clock: Clock): void {
  const reads = (summary: string) => ({ schema: { summary, response: responses } });
  server.get('/api/v1/budgets', reads('All budgets and what is left of them'), async ({ principal }) => {
    const budgets = open.get();
    await budgets.settle();
    return { budgets: viewAll(budgets, clock.nowMs(), principal.tenant) };
  });
  server.get('/api/v1/budgets/verify', reads('Hold the sums of budgets against the ledger'), () =>
    open.get().verify(),
  );
  server.get<ById>(
    '/api/v1/budgets/:id',
    reads('One budget, with its projection'),
    async ({ params, principal: { tenant } }) => {
      const budgets = open.get();
      const budget = findBudget(budgets, params.id, tenant);
      await budgets.settle();
      const view = viewOf(budgets, budget, clock.nowMs(), tenant);
      return { ...view, projections: await open.project(params.id, tenant) };
    },
  );
}

function reservationRoutes(server: FastifyInstance, open: OpenBudgets): void {
  const writes = (summary: string, body: object) => ({
    schema: { summary, consumes: ['application/json'], body, response: responses },
    bodyLimit: BODY_LENGTH_MAX,
    // The bodies are described for readers of the API and read below, which says what is wrong with them.
    validatorCompiler: () => () => true,
  });
  const onAll = writes('Reserve on every budget that matches the labels, or on none', reserveSchema);
  server.post('/api/v1/budgets/reserve', onAll, (request) => reserve(open.get(), request, null));
  const onOne = writes('Reserve on one budget', reserveSchema);
  server.post<ById>('/api/v1/budgets/:id/reserve', onOne, (request) =>
    reserve(open.get(), request, requestedBudget(open, request)),
  );
  const committing = writes('Note what a reservation has cost', commitSchema);
  server.post('/api/v1/budgets/commit', committing, (request) => commit(open.get(), request));
  server.post<ById>('/api/v1/budgets/:id/commit', committing, (request) => {
    requestedBudget(open, request);
    return commit(open.get(), request);
  });
  const releasing = writes('Give a reservation back', releaseSchema);
  server.post('/api/v1/budgets/release', releasing, (request) => release(open.get(), request));
  server.post<ById>('/api/v1/budgets/:id/release', releasing, (request) => {
    requestedBudget(open, request);
    return release(open.get(), request);
  });
}

async function reserve(budgets: Budgets, request: FastifyRequest, budget: string | null) {
  const body = readBody(request);
  onlyKeys(body, ['amount_usd', 'key', 'ttl_seconds', 'labels', 'request_id']);
  const { tenant } = request.principal;
  const asked = {
    budget,
    amount: readUsd(body, 'amount_usd'),
    key: ownKey(readText(body, 'key', KEY_LENGTH_MAX), tenant),
    ttlMs: readTtl(body) * 1000,
    labels: ownLabels(readLabels(body.labels), request),
    requestId: readRequestId(body),
  };
  const reservation = await budgets.reserve(asked).catch((error: unknown) => {
    throw withoutFigures(error, budgets.budgets, tenant);
  });
  return viewReservation(budgets, reservation, tenant);
}

async function commit(budgets: Budgets, request: FastifyRequest) {
  const body = readBody(request);
  onlyKeys(body, ['reservation', 'request_id', 'cost_usd']);
  const reservation = await budgets.commit({
    reservation: ownReservation(budgets, body, request),
    requestId: readRequestId(body),
    cost: body.cost_usd === undefined ? null : readUsd(body, 'cost_usd'),
  });
  return viewReservation(budgets, reservation, request.principal.tenant);
}

async function release(budgets: Budgets, request: FastifyRequest) {
  const body = readBody(request);
  onlyKeys(body, ['reservation']);
  const released = await budgets.release(ownReservation(budgets, body, request));
  return viewReservation(budgets, released, request.principal.tenant);
}

/** The budget that the address names. */
function requestedBudget(open: OpenBudgets, { params, principal }: FastifyRequest<ById>): string {
  return findBudget(open.get(), params.id, principal.tenant).definition.id;
}

/** The labels of a request, with the tenant that its sender is restricted to. */
function ownLabels(labels: RequestLabels, { principal }: Pick<FastifyRequest, 'principal'>): RequestLabels {
  const tenant = tenantFor(principal, labels.tenant);
  return tenant === null ? labels : { ...labels, tenant };
}

/** The id of a reservation. Of another tenant's there is none, as far as the sender may know. */
function ownReservation(
  budgets: Budgets,
  body: Body,
  { principal: { tenant } }: Pick<FastifyRequest, 'principal'>,
): string {
  const id = readText(body, 'reservation', KEY_LENGTH_MAX);
  if (tenant !== null && budgets.state.byId(id)?.labels.tenant !== tenant)
    throw new BellwetherError('not_found', 'There is no such reservation.', { field: 'reservation' });
  return id;
}

function readRequestId(body: Body): string | null {
  return body.request_id === undefined ? null : readText(body, 'request_id', REQUEST_ID_LENGTH_MAX);
}

function readBody(request: FastifyRequest): Body {
  if (!Buffer.isBuffer(request.body)) throw new BellwetherError('invalid_json');
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch (error) {
    throw new BellwetherError('invalid_json', undefined, {}, { cause: error });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new BellwetherError('invalid_type', 'The body must be a JSON object.');
  return body as Body;
}

function onlyKeys(body: Body, names: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new BellwetherError('unknown_field', `There is no such field; there are ${names.join(', ')}.`, {
      field: unknown.slice(0, 64),
    });
}

function readText(body: Body, field: string, lengthMax: number): string {
  const value = body[field];
  if (value === undefined) throw new BellwetherError('missing_field', `${field} is missing.`, { field });
  if (typeof value !== 'string')
    throw new BellwetherError('invalid_type', `${field} must be a text.`, { field });
  if (value === '' || value.length > lengthMax || !value.isWellFormed())
    throw new BellwetherError('invalid_value', `${field} must have 1 to ${lengthMax} characters.`, { field });
  return value;
}

function readUsd(body: Body, field: string): PicoUsd {
  const value = body[field];
  if (value === undefined) throw new BellwetherError('missing_field', `${field} is missing.`, { field });
  const amount = typeof value === 'string' || typeof value === 'number' ? parseUsd(value) : null;
  if (amount === null)
    throw new BellwetherError('invalid_value', `${field} must be a decimal amount in dollars.`, { field });
  if (amount < 0n || amount > BigInt(USD_MAX) * 10n ** 12n)
    throw new BellwetherError('out_of_range', `${field} must be between 0 and ${USD_MAX} dollars.`, {
      field,
    });
  return amount;
}

function readTtl(body: Body): number {
  const value = body.ttl_seconds ?? TTL_SECONDS;
  if (typeof value !== 'number' || !(value >= 1 && value <= TTL_SECONDS_MAX))
    throw new BellwetherError('out_of_range', `ttl_seconds must be between 1 and ${TTL_SECONDS_MAX}.`, {
      field: 'ttl_seconds',
    });
  return value;
}

function readLabels(value: unknown): RequestLabels {
  const labels = Object.fromEntries(budgetDimensions.map((name) => [name, ''])) as Record<string, string>;
  if (value === undefined) return labels as RequestLabels;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BellwetherError('invalid_type', 'labels must be a map of texts.', { field: 'labels' });
  const given = value as Body;
  onlyKeys(given, budgetDimensions);
  for (const name of Object.keys(given)) labels[name] = readText(given, name, LABEL_LENGTH_MAX);
  return labels as RequestLabels;
}
