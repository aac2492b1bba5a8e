/** `/api/v1/alerts`, `/api/v1/silences` and `/api/v1/incidents`. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { alertStates } from '../alerts/alert.ts';
import type { AlertFilter } from '../alerts/alert-store.ts';
import { listAlerts, showAlert, viewAlert, viewIncident, viewSilence } from '../alerts/alert-view.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { readMatchers } from '../alerts/silence.ts';
import { actorOf } from '../auth/index.ts';
import type { Clock } from '../clock.ts';
import { severities } from '../config/index.ts';
import { MATCHER_LENGTH_MAX, MATCHERS_MAX } from '../matching/matcher.ts';
import { errorSchema } from './error-body.ts';
import { JSON_BODY_BYTES_MAX, readJsonBody } from './json-body.ts';

/** Alerts or incidents of one answer. */
const LIMIT = 100;
const LIMIT_MAX = 1000;
const NOTE_LENGTH_MAX = 1000;
const NAME_LENGTH_MAX = 128;
/** How long a silence or a snooze lasts that says nothing about it. */
const HOUR_MS = 3_600_000;

/** What people do to alerts is accounted for. */
export type Account = (
  action:
    | 'alert.acknowledged'
    | 'alert.resolved'
    | 'alert.snoozed'
    | 'silence.created'
    | 'silence.ended'
    | 'notification.retried'
    | 'notification.tested',
  target: string,
  actor: string,
  details: Readonly<Record<string, string>>,
) => Promise<void>;

export interface AlertRoutesOptions {
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly account: Account;
}

type ById = { readonly Params: { readonly id: string } };

const responses = { '4xx': errorSchema, '5xx': errorSchema };
const matcherList = Type.Array(Type.String({ maxLength: MATCHER_LENGTH_MAX }), { maxItems: MATCHERS_MAX });
const by = Type.Optional(
  Type.String({
    maxLength: NAME_LENGTH_MAX,
    description: 'Who; `api` if absent. With a token it is whoever has the token.',
  }),
);
const note = Type.Optional(Type.String({ maxLength: NOTE_LENGTH_MAX }));
const deedSchema = Type.Object({ by, note }, { additionalProperties: false });
const snoozeSchema = Type.Object(
  {
    by,
    note,
    until: Type.Optional(
      Type.String({ description: 'RFC 3339; in an hour if absent. At most a week ahead.' }),
    ),
  },
  { additionalProperties: false },
);
const silenceSchema = Type.Object(
  {
    matchers: matcherList,
    starts_at: Type.Optional(Type.String({ description: 'RFC 3339; now if absent.' })),
    ends_at: Type.Optional(Type.String({ description: 'RFC 3339; an hour later if absent.' })),
    by,
    comment: Type.Optional(Type.String({ maxLength: NOTE_LENGTH_MAX })),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function alertRoutes(options: AlertRoutesOptions) {
  return (server: FastifyInstance): void => {
    readingRoutes(server, options);
    deedRoutes(server, options);
    silenceRoutes(server, options);
  };
}

interface ListQuery {
  readonly state?: string;
  readonly severity?: string;
  readonly rule?: string;
  readonly incident?: string;
  readonly matcher?: string | readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly before?: number;
}

const listQuery = Type.Object(
  {
    state: Type.Optional(Type.String({ description: `Of ${alertStates.join(', ')}, separated by commas.` })),
    severity: Type.Optional(
      Type.String({ description: `Of ${severities.join(', ')}, separated by commas.` }),
    ),
    rule: Type.Optional(Type.String()),
    incident: Type.Optional(Type.String()),
    matcher: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: MATCHERS_MAX })], {
        description: 'A matcher such as `provider="openai"`; may be given several times.',
      }),
    ),
    from: Type.Optional(Type.String({ description: 'Raised at or after; RFC 3339.' })),
    to: Type.Optional(Type.String({ description: 'Raised before; RFC 3339.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX })),
    before: Type.Optional(Type.Integer({ minimum: 1, description: 'What the last answer gave as `next`.' })),
  },
  { additionalProperties: false },
);

function readingRoutes(server: FastifyInstance, { alerts }: AlertRoutesOptions): void {
  const reads = (summary: string, querystring?: object) => ({
    schema: { summary, response: responses, ...(querystring === undefined ? {} : { querystring }) },
  });
  server.get<{ Querystring: ListQuery }>(
    '/api/v1/alerts',
    reads('Alerts, newest first', listQuery),
    ({ query }) => {
      const texts = query.matcher === undefined ? [] : [query.matcher].flat();
      return listAlerts(alerts, readFilter(query), readMatchers(texts), query.limit ?? LIMIT);
    },
  );
  server.get<ById>('/api/v1/alerts/:id', reads('One alert with its history'), ({ params }) =>
    showAlert(alerts, params.id),
  );
  const limited = Type.Object(
    { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX })) },
    { additionalProperties: false },
  );
  server.get<{ Querystring: { readonly limit?: number } }>(
    '/api/v1/incidents',
    reads('Incidents, newest first', limited),
    ({ query }) => ({ incidents: alerts.store.incidents(query.limit ?? LIMIT).map(viewIncident) }),
  );
  server.get<ById>('/api/v1/incidents/:id', reads('One incident with its alerts'), ({ params }) => {
    const incident = alerts.store.incident(params.id);
    if (incident === null)
      throw new BellwetherError('not_found', 'There is no incident of that id.', { field: 'id' });
    const filter = { ...readFilter({}), incident: incident.id };
    return { ...viewIncident(incident), members: listAlerts(alerts, filter, [], LIMIT).alerts };
  });
}

function deedRoutes(server: FastifyInstance, { alerts, clock, account }: AlertRoutesOptions): void {
  const writes = (summary: string, body: object) => writing(summary, body);
  const answer = (id: string) => {
    const alert = alerts.find(id);
    return viewAlert(alert, alerts.suppressions().of(alert));
  };
  server.post<ById>(
    '/api/v1/alerts/:id/acknowledge',
    writes('Say that somebody has the alert in hand', deedSchema),
    async (request) => {
      const { by: said, note: words = '' } = readJsonBody(request, deedSchema);
      const actor = actorOf(request.principal, said);
      const { id, name } = alerts.acknowledge(request.params.id, actor, words);
      await account('alert.acknowledged', id, actor, { name, note: words });
      return answer(id);
    },
  );
  server.post<ById>(
    '/api/v1/alerts/:id/resolve',
    writes('End the alert; it is raised again only after it has been well once', deedSchema),
    async (request) => {
      const { by: said, note: words = '' } = readJsonBody(request, deedSchema);
      const actor = actorOf(request.principal, said);
      const { id, name } = alerts.resolve(request.params.id, actor, words);
      await account('alert.resolved', id, actor, { name, note: words });
      return answer(id);
    },
  );
  server.post<ById>(
    '/api/v1/alerts/:id/snooze',
    writes('Have the alert told no more for a while', snoozeSchema),
    async (request) => {
      const { by: said, note: words = '', until } = readJsonBody(request, snoozeSchema);
      const actor = actorOf(request.principal, said);
      const untilMs = until === undefined ? clock.nowMs() + HOUR_MS : readInstant('until', until);
      const { id, name } = alerts.snooze(request.params.id, untilMs, actor, words);
      const details = { name, until: new Date(untilMs).toISOString(), note: words };
      await account('alert.snoozed', id, actor, details);
      return answer(id);
    },
  );
}

function silenceRoutes(server: FastifyInstance, { alerts, clock, account }: AlertRoutesOptions): void {
  server.get('/api/v1/silences', { schema: { summary: 'Silences', response: responses } }, () => ({
    silences: alerts.silences.list().map((silence) => viewSilence(silence, clock.nowMs())),
  }));
  server.post(
    '/api/v1/silences',
    writing('Have matching alerts kept and not told', silenceSchema),
    async (request) => {
      const body = readJsonBody(request, silenceSchema);
      const startsMs =
        body.starts_at === undefined ? clock.nowMs() : readInstant('starts_at', body.starts_at);
      const endsMs = body.ends_at === undefined ? startsMs + HOUR_MS : readInstant('ends_at', body.ends_at);
      const createdBy = actorOf(request.principal, body.by);
      const comment = body.comment ?? '';
      const silence = alerts.silence({ matchers: body.matchers, startsMs, endsMs, createdBy, comment });
      const view = viewSilence(silence, clock.nowMs());
      const { starts_at: from, ends_at: to } = view;
      await account('silence.created', silence.id, createdBy, {
        matchers: silence.matchers.join(', '),
        from,
        to,
        comment,
      });
      return view;
    },
  );
  server.delete<ById>(
    '/api/v1/silences/:id',
    { schema: { summary: 'End a silence now', response: responses } },
    async ({ params, principal }) => {
      const silence = alerts.endSilence(params.id);
      await account('silence.ended', silence.id, actorOf(principal), {
        matchers: silence.matchers.join(', '),
      });
      return viewSilence(silence, clock.nowMs());
    },
  );
}

/** The schema of a route that takes JSON. */
export function writing(summary: string, body: object) {
  return {
    schema: { summary, consumes: ['application/json'], body, response: responses },
    bodyLimit: JSON_BODY_BYTES_MAX,
    // The bodies are described for readers of the API and read by hand, which says what is wrong with them.
    validatorCompiler: () => () => true,
  };
}

function readFilter(query: ListQuery): AlertFilter {
  return {
    states: readWords('state', query.state, alertStates),
    severities: readWords('severity', query.severity, severities),
    rule: query.rule ?? null,
    incident: query.incident ?? null,
    fromMs: query.from === undefined ? null : readInstant('from', query.from),
    toMs: query.to === undefined ? null : readInstant('to', query.to),
    beforeSeq: query.before ?? null,
  };
}

function readWords<Word extends string>(
  field: string,
  text: string | undefined,
  words: readonly Word[],
): readonly Word[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((part) => {
    const word = words.find((candidate) => candidate === part.trim());
    if (word === undefined)
      throw new BellwetherError('invalid_parameter', `${field} is of ${words.join(', ')}.`, { field });
    return word;
  });
}

function readInstant(field: string, text: string): number {
  const atMs = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new BellwetherError('invalid_parameter', `${field} is no RFC 3339 instant.`, { field });
  return atMs;
}
