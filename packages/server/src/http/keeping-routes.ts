/**
 * Archives and retention over HTTP. The work may take long, so the answer is NDJSON:
 * a line `{"progress": …}` now and then, and at the end `{"result": …}` or `{"error": …}`.
 */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { type Static, type TObject, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { OnDay } from '../archive/archive.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OnRemoved } from '../retention/retention.ts';
import { errorSchema } from './error-body.ts';
import { readJsonBody, requireJson } from './json-body.ts';
import { ask } from './ledger-question.ts';
import { answerLong, type Tell } from './long-answer.ts';

/** What the routes ask for. */
export interface KeepingWork {
  plan(): Promise<unknown>;
  retain(options: {
    readonly trustClock: boolean;
    readonly onRemoved: OnRemoved;
    readonly actor: string;
  }): Promise<unknown>;
  archive(directory: string, beforeMs: number, onDay: OnDay, actor: string): Promise<unknown>;
  bringBack(
    request: { readonly directory: string; readonly from: string | null; readonly to: string | null },
    onDay: OnDay,
    actor: string,
  ): Promise<unknown>;
}

/** Adds the routes. */
export function keepingRoutes(ledger: Ledger, clock: Clock, work: KeepingWork) {
  return (server: FastifyInstance): void => {
    const route = <Schema extends TObject>(
      path: string,
      summary: string,
      schema: Schema,
      start: (body: Static<Schema>, tell: Tell, actor: string) => Promise<unknown>,
    ): void => {
      const described = {
        summary,
        description: 'Takes a JSON object. Answers NDJSON: progress, and at the end a result or an error.',
        consumes: ['application/json'],
        body: schema,
        response: { '4xx': errorSchema, '5xx': errorSchema },
      };
      // The body is described for readers of the API, and held against the schema below.
      server.post(
        path,
        { schema: described, validatorCompiler: () => () => true },
        async (request, reply) => {
          requireJson(request);
          const body = readJsonBody(request, schema);
          await ask(ledger, async () => undefined);
          return answerLong(reply, (tell) => start(body, tell, request.principal.name));
        },
      );
    };
    server.get(
      '/api/v1/retention',
      { schema: { summary: 'What retention would remove now', response: { '4xx': errorSchema } } },
      () => ask(ledger, () => work.plan()),
    );
    route('/api/v1/retention', 'Remove what is past its retention', schemas.retention, (body, tell, actor) =>
      work.retain({ trustClock: body.trust_clock === true, onRemoved: tell, actor }),
    );
    route('/api/v1/archive', 'Archive days of events as Parquet', schemas.archive, (body, tell, actor) =>
      work.archive(body.directory, beforeOf(body.before, clock.nowMs()), tell, actor),
    );
    route(
      '/api/v1/archive/restore',
      'Bring days back from an archive',
      schemas.restore,
      (body, tell, actor) => {
        const { directory: from, from: first = null, to = null } = body;
        return work.bringBack({ directory: from, from: first, to }, tell, actor);
      },
    );
  };
}

const day = Type.Union([Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }), Type.Null()]);
const directory = Type.String({ minLength: 1, maxLength: 4096, pattern: '^[^\\0]*$' });

const schemas = {
  retention: Type.Object({ trust_clock: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  archive: Type.Object({ directory, before: Type.Optional(day) }, { additionalProperties: false }),
  restore: Type.Object(
    { directory, from: Type.Optional(day), to: Type.Optional(day) },
    { additionalProperties: false },
  ),
};

/** Days before this one are archived; those before today if none is named, since today goes on. */
function beforeOf(before: string | null | undefined, nowMs: number): number {
  const beforeMs = typeof before === 'string' ? Date.parse(before) : nowMs;
  if (Number.isNaN(beforeMs))
    throw new BellwetherError('invalid_parameter', 'before must be a date, e.g. 2026-11-20.', {
      field: 'before',
    });
  return beforeMs;
}
