/** The HTTP interface of the gateway. Who asks is named by the header `x-user`. */

import type { ScrapeResponse } from '@bellwether/metrics';
import type { Balancer } from './balancer/balancer.ts';
import type { ConfigService } from './configuration/config-service.ts';
import { HttpError, type Route, type RouteRequest } from './web/router.ts';

/** All routes. */
export function gatewayRoutes(
  balancer: Balancer,
  config: ConfigService,
  metrics: (accept: string | undefined) => Promise<ScrapeResponse>,
): readonly Route[] {
  return [
    { method: 'POST', path: '/ask', handle: (request) => ask(balancer, request) },
    { method: 'POST', path: '/feedback', handle: (request) => rate(balancer, request) },
    {
      method: 'GET',
      path: '/config',
      handle: async (request) => ({ body: await config.list(userOf(request)) }),
    },
    {
      method: 'GET',
      path: '/config/:name',
      handle: async (request) => ({ body: { value: await config.get(userOf(request), nameOf(request)) } }),
    },
    {
      method: 'PUT',
      path: '/config/:name',
      handle: async (request) => {
        const value = field(await request.json(), 'value');
        if (value === '') throw new HttpError(400, 'A setting needs a value.');
        await config.set(userOf(request), nameOf(request), value);
        return { body: { value } };
      },
    },
    {
      method: 'DELETE',
      path: '/config/:name',
      handle: async (request) => {
        const there = await config.delete(userOf(request), nameOf(request));
        return { status: there ? 200 : 404, body: { deleted: there } };
      },
    },
    {
      method: 'POST',
      path: '/keys/rotate',
      handle: async (request) => ({ body: { key: await config.rotateKey(userOf(request)) } }),
    },
    { method: 'GET', path: '/health', handle: () => ({ body: { backends: balancer.backends } }) },
    {
      method: 'GET',
      path: '/metrics',
      handle: async ({ headers }) => {
        const answer = await metrics(headers.accept);
        return { headers: { ...answer.headers }, body: answer.body };
      },
    },
  ];
}

async function ask(balancer: Balancer, request: RouteRequest) {
  const body = await request.json();
  const prompt = field(body, 'prompt');
  if (prompt === '') throw new HttpError(400, 'A question needs a prompt.');
  const { id, backend, completion } = await balancer.answer({
    prompt,
    taskType: field(body, 'task_type') || 'generation',
    user: userOf(request),
    application: field(body, 'application') || 'unknown',
    team: field(body, 'team') || 'unknown',
    correlationId: [request.headers['x-correlation-id'] ?? ''].flat()[0] ?? '',
  });
  return {
    body: { id, backend, model: completion.model, answer: completion.answer, usage: completion.usage },
  };
}

async function rate(balancer: Balancer, request: RouteRequest) {
  const body = await request.json();
  const satisfaction = (body as { readonly satisfaction?: unknown } | null)?.satisfaction;
  if (typeof satisfaction !== 'number' || !(satisfaction >= 0 && satisfaction <= 1))
    throw new HttpError(400, 'A satisfaction is a number from 0 to 1.');
  if (!balancer.rate(field(body, 'id'), satisfaction)) throw new HttpError(404, 'There is no such answer.');
  return { body: { rated: true } };
}

function field(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) throw new HttpError(400, 'The body is not an object.');
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}

function userOf({ headers }: RouteRequest): string {
  return [headers['x-user'] ?? 'anonymous'].flat()[0] ?? 'anonymous';
}

function nameOf({ params }: RouteRequest): string {
  return params.name ?? '';
}
