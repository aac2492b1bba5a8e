/**
 * Archives and retention over HTTP. The work may take long, so the answer is NDJSON:
 * a line `{"progress": …}` now and then, and at the end `{"result": …}` or `{"error": …}`.
 */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { OnDay } from '../archive/archive.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OnRemoved } from '../retention/retention.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

/** What the routes ask for. */
export interface KeepingWork {
  plan(): Promise<unknown>;
  retain(options: { readonly trustClock: boolean; readonly onRemoved: OnRemoved }): Promise<unknown>;
  archive(directory: string, beforeMs: number, onDay: OnDay): Promise<unknown>;
  bringBack(
    request: { readonly directory: string; readonly from: string | null; readonly to: string | null },
    onDay: OnDay,
  ): Promise<unknown>;
}

type Tell = (progress: unknown) => void;

/** Adds the routes. */
export function keepingRoutes(ledger: Ledger, clock: Clock, work: KeepingWork) {
  return (server: FastifyInstance): void => {
    const route = (
      path: string,
      summary: string,
      start: (body: Readonly<Record<string, unknown>>, tell: Tell) => Promise<unknown>,
    ): void => {
      const schema = {
        summary,
        description: 'Takes a JSON object. Answers NDJSON: progress, and at the end a result or an error.',
        consumes: ['application/json'],
        response: { '4xx': errorSchema, '5xx': errorSchema },
      };
      server.post(path, { schema }, async (request, reply) => {
        const body = readBody(request);
        await ask(ledger, async () => undefined);
        return answer(reply, (tell) => start(body, tell));
      });
    };
    server.get(
      '/api/v1/retention',
      { schema: { summary: 'What retention would remove now', response: { '4xx': errorSchema } } },
      () => ask(ledger, () => work.plan()),
    );
    route('/api/v1/retention', 'Remove what is past its retention', (body, tell) =>
      work.retain({ trustClock: body.trust_clock === true, onRemoved: tell }),
    );
    route('/api/v1/archive', 'Archive days of events as Parquet', (body, tell) =>
      work.archive(textOf(body, 'directory') ?? '', beforeOf(body, clock.nowMs()), tell),
    );
    route('/api/v1/archive/restore', 'Bring days back from an archive', (body, tell) => {
      const [from, to] = [dayOf(body, 'from'), dayOf(body, 'to')];
      return work.bringBack({ directory: textOf(body, 'directory') ?? '', from, to }, tell);
    });
  };
}

/** Sends what is told as it comes. Whoever leaves does not end the work: it would only be half done. */
async function answer(reply: FastifyReply, start: (tell: Tell) => Promise<unknown>): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const line = (value: unknown): unknown => reply.raw.write(`${JSON.stringify(value)}\n`);
  try {
    line({ result: await start((progress) => line({ progress })) });
  } catch (error) {
    const known = error instanceof BellwetherError ? error : new BellwetherError('internal', String(error));
    line({ error: { code: known.code, message: known.message } });
  }
  reply.raw.end();
}

/** A page of another site can send a form or plain text, but no JSON without being asked for permission. */
function readBody(request: FastifyRequest): Readonly<Record<string, unknown>> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new BellwetherError('unsupported_media_type', 'The Content-Type must be application/json.');
  let body: unknown;
  try {
    body = JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
  } catch {
    throw new BellwetherError('invalid_json');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new BellwetherError('invalid_json', 'The body must be a JSON object.');
  return body as Readonly<Record<string, unknown>>;
}

function textOf(body: Readonly<Record<string, unknown>>, field: string): string | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.includes('\0'))
    throw new BellwetherError('invalid_parameter', `${field} must be a text.`, { field });
  return value;
}

function dayOf(body: Readonly<Record<string, unknown>>, field: string): string | null {
  const day = textOf(body, field);
  if (day !== null && (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))))
    throw new BellwetherError('invalid_parameter', `${field} must be a date, e.g. 2026-11-20.`, { field });
  return day;
}

/** Days before this one are archived; those before today if none is named, since today goes on. */
function beforeOf(body: Readonly<Record<string, unknown>>, nowMs: number): number {
  const day = dayOf(body, 'before');
  return day === null ? nowMs : Date.parse(day);
}
