/** `/api/v1/anomalies` and `/api/v1/baselines`: what is unusual, and what is usual. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { AnalysisStore } from '../analysis/analysis-store.ts';
import {
  type AnomalyQuery,
  labelsOf,
  LIMIT_DEFAULT,
  LIMIT_MAX,
  listAnomalies,
} from '../analysis/list-anomalies.ts';
import { anomalyView, baselineView, type JudgedSeries } from '../analysis/view.ts';
import type { Watcher } from '../analysis/watcher.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SeriesSource } from '../series/series.ts';
import { errorSchema } from './error-body.ts';

/** What the routes ask. */
export interface AnalysisDesk {
  readonly store: AnalysisStore;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly source: SeriesSource;
  readonly ledger: Ledger;
}

const rangeSchema = {
  from: Type.Optional(Type.String({ description: 'Date or RFC 3339: those that lasted into this time.' })),
  to: Type.Optional(Type.String({ description: 'Date or RFC 3339: those that began before it.' })),
  hours: Type.Optional(Type.Number({ description: 'The last so many hours, instead of from.' })),
};
const where = Type.Optional(
  Type.Union([Type.String(), Type.Array(Type.String())], {
    description: 'A label that the series has, e.g. provider=openai; may be repeated.',
  }),
);
const anomalyQuery = Type.Object(
  {
    ...rangeSchema,
    measure: Type.Optional(Type.String({ description: 'Anomalies of this measure only.' })),
    where,
    score_min: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    open: Type.Optional(Type.Boolean({ description: 'True: only those that last.' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LIMIT_MAX, description: `${LIMIT_DEFAULT} if absent.` }),
    ),
  },
  { additionalProperties: false },
);

const labels = Type.Record(Type.String(), Type.String());
const orNull = <T extends ReturnType<typeof Type.Number> | ReturnType<typeof Type.String>>(schema: T) =>
  Type.Union([schema, Type.Null()]);

const anomalySchema = Type.Object({
  id: Type.String(),
  incident: Type.String({ description: 'Anomalies that began together have the same.' }),
  measure: Type.String(),
  unit: Type.String(),
  labels,
  kinds: Type.Array(Type.String()),
  evidence: Type.Array(Type.String(), { description: 'Measures that were odd at the same time.' }),
  score: Type.Number(),
  direction: Type.String(),
  is_bad: Type.Union([Type.Boolean(), Type.Null()]),
  since: Type.String(),
  opened_at: Type.String({ description: 'The end of the step with which it became clear.' }),
  until: orNull(Type.String()),
  peak_at: Type.String(),
  expected: Type.Number({ description: 'Of the oddest step.' }),
  actual: Type.Number(),
  off_sigmas: Type.Number({ description: 'In robust standard deviations.' }),
  off_percent: orNull(Type.Number()),
  revised: orNull(Type.Number()),
  cause: Type.Union([
    Type.Object({
      measure: Type.String(),
      difference: Type.Number(),
      explained_by: Type.Array(
        Type.Object({
          dimension: Type.String(),
          value: Type.String(),
          change: Type.Number(),
          share: Type.Number(),
          mix: Type.Optional(Type.Number()),
          strength: Type.Number(),
        }),
      ),
    }),
    Type.Null(),
  ]),
});

const baselineSchema = Type.Object({
  at: Type.String(),
  judged_to: orNull(Type.String()),
  threshold: Type.Number(),
  late: Type.Union([Type.Object({ requests: Type.Integer(), late: Type.Integer() }), Type.Null()], {
    description:
      'Requests of the whole days that were learnt, and those of them that came after their minutes were judged.',
  }),
  baselines: Type.Array(
    Type.Object({
      measure: Type.String(),
      unit: Type.String(),
      labels,
      values: Type.Integer({ description: 'Minutes with a value that were learnt.' }),
      learnt: Type.Boolean({ description: 'Whether it is judged by yet.' }),
      expected: orNull(Type.Number()),
      usual_low: orNull(Type.Number()),
      usual_high: orNull(Type.Number()),
    }),
  ),
  declared: Type.Array(
    Type.Object({
      measure: Type.String(),
      series: Type.Integer(),
      judged_to: orNull(Type.String()),
      problem: orNull(Type.String({ description: 'What keeps it from being judged further.' })),
    }),
    { description: 'The series that the configuration declares.' },
  ),
  prices: Type.Array(
    Type.Object({
      labels,
      usd_per_million: Type.Union([
        Type.Object({ input: Type.Number(), cached: Type.Number(), output: Type.Number() }),
        Type.Null(),
      ]),
    }),
  ),
});

const anomaliesSchema = Type.Object({
  judged_to: orNull(
    Type.String({ description: 'Until when the series were judged; null if not at all yet.' }),
  ),
  more: Type.Boolean({ description: 'Whether there are more than the limit lets through.' }),
  anomalies: Type.Array(anomalySchema),
});

/** Adds the routes. */
export function analysisRoutes(desk: AnalysisDesk, threshold: () => number) {
  return (server: FastifyInstance): void => {
    const errors = { '4xx': errorSchema, '5xx': errorSchema };
    server.get<{ Querystring: AnomalyQuery }>(
      '/api/v1/anomalies',
      {
        schema: {
          summary: 'What was unusual, the newest first',
          querystring: anomalyQuery,
          response: { 200: anomaliesSchema, ...errors },
        },
      },
      (request) => ({
        judged_to: timeOf(desk.watcher.toldMs),
        ...listAnomalies(desk.store, request.query, desk.clock.nowMs()),
      }),
    );
    server.get<{ Params: { id: string } }>(
      '/api/v1/anomalies/:id',
      { schema: { summary: 'One anomaly', response: { 200: anomalySchema, ...errors } } },
      (request) => {
        const found = desk.store.find(request.params.id);
        if (found === null) throw new BellwetherError('not_found', 'There is no anomaly of that id.');
        return anomalyView(found);
      },
    );
    server.get<{ Querystring: Pick<AnomalyQuery, 'measure' | 'where'> }>(
      '/api/v1/baselines',
      {
        schema: {
          summary: 'What is usual now',
          querystring: Type.Object(
            { measure: Type.Optional(Type.String()), where },
            { additionalProperties: false },
          ),
          response: { 200: baselineSchema, ...errors },
        },
      },
      (request) => baselines(desk, request.query, threshold()),
    );
  };
}

function timeOf(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

function baselines(
  { watcher, clock }: AnalysisDesk,
  query: Pick<AnomalyQuery, 'measure' | 'where'>,
  threshold: number,
) {
  const nowMs = clock.nowMs();
  const wanted = Object.entries(labelsOf(query.where));
  const { toldMs, groups, series, late } = watcher;
  const judged: JudgedSeries[] = groups.groups.flatMap(({ labels, judges }) =>
    [...judges].map(([measure, judge]) => ({ measure, labels, judge })),
  );
  return {
    at: new Date(nowMs).toISOString(),
    judged_to: timeOf(toldMs),
    threshold,
    late: late === null ? null : { requests: late.requests, late: Math.max(0, late.requests - late.judged) },
    baselines: [...judged, ...series.members]
      .filter(({ measure, labels }) => {
        const isMeant = query.measure === undefined || measure === query.measure;
        return isMeant && wanted.every(([name, value]) => labels[name] === value);
      })
      .map((one) => baselineView(one, nowMs)),
    declared: series.status.map(({ judgedMs, ...status }) => ({ ...status, judged_to: timeOf(judgedMs) })),
    prices: groups.prices.map((price) => ({ labels: price.labels, usd_per_million: price.usdPerMillion })),
  };
}
