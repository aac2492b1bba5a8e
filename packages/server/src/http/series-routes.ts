/** `GET /api/v1/series` and `GET /api/v1/measures`: any measure over time, and which there are. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { SeriesDefinition } from '../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readTimeRange } from '../report/time-range.ts';
import { seriesDimensions } from '../series/dimensions.ts';
import { describeMeasure, dimensionsFor, type MeasureDescription } from '../series/measure-names.ts';
import { measures } from '../series/measures.ts';
import { readFilters, readGrid } from '../series/question.ts';
import type { Series, SeriesSource } from '../series/series.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;
/** Series of one answer, unless fewer are asked for. */
const SERIES_MAX = 100;

interface SeriesParameters {
  readonly measure: string;
  readonly by?: string;
  readonly where?: string | readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly step?: string;
  readonly series_max?: number;
}

const querySchema = Type.Object(
  {
    measure: Type.String({
      description:
        'What to measure: one of /api/v1/measures, or sample:NAME for a metric that was pushed or scraped.',
    }),
    by: Type.Optional(
      Type.String({
        description: `Dimensions, separated by commas: ${seriesDimensions.join(', ')}; of samples, labels.`,
      }),
    ),
    where: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        description: 'A filter, e.g. provider=openai or model!=gpt-4o; may be repeated.',
      }),
    ),
    ...periodParameters('A day back'),
    step: Type.Optional(Type.String({ description: 'Whole minutes, e.g. 60, 5m, 1h, 1d.' })),
    series_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: `Series of the answer; ${SERIES_MAX} if absent.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const measureFields = { unit: Type.String(), kind: Type.String(), good: Type.String(), help: Type.String() };

const seriesSchema = Type.Object({
  measure: Type.String(),
  ...measureFields,
  from: Type.String(),
  to: Type.String(),
  step_seconds: Type.Integer(),
  by: Type.Array(Type.String()),
  timestamps_ms: Type.Array(Type.Integer(), { description: 'The start of each step.' }),
  series: Type.Array(
    Type.Object({
      labels: Type.Record(Type.String(), Type.String()),
      values: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
        description: 'One a step; null where there is none.',
      }),
    }),
  ),
  truncated: Type.Boolean({ description: 'True if there are more series, with fewer requests.' }),
});

const measuresSchema = Type.Object({
  measures: Type.Array(Type.Object({ name: Type.String(), ...measureFields })),
  dimensions: Type.Array(Type.String()),
});

/** Adds the routes. */
export function seriesRoutes(
  ledger: Ledger,
  clock: Clock,
  source: SeriesSource,
  declared: readonly SeriesDefinition[],
) {
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/measures',
      { schema: { summary: 'What can be measured over time', response: { 200: measuresSchema } } },
      () => ({
        measures: [...measures.values(), ...declared.map(({ id }) => describeMeasure(`series:${id}`))].map(
          (measure) => ({ name: measure.name, ...described(measure) }),
        ),
        dimensions: seriesDimensions,
      }),
    );
    server.get<{ Querystring: SeriesParameters }>(
      '/api/v1/series',
      {
        schema: {
          summary: 'A measure over time',
          querystring: querySchema,
          response: { 200: seriesSchema, '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      (request) => ask(ledger, () => answer(request, ledger, clock, source)),
    );
  };
}

async function answer(
  { query, principal: { tenant } }: FastifyRequest<{ Querystring: SeriesParameters }>,
  ledger: Ledger,
  clock: Clock,
  source: SeriesSource,
) {
  const { by = '', where = [], step, series_max: seriesMax = SERIES_MAX, ...text } = query;
  const nowMs = clock.nowMs();
  const measure = describeMeasure(text.measure);
  const grid = readGrid(readTimeRange(text, nowMs), step, nowMs);
  const dimensions = dimensionsFor(measure.name, by.split(',').filter(Boolean));
  const filters = readFilters(typeof where === 'string' ? [where] : where);
  if (tenant !== null) filters.push({ dimension: 'tenant', operator: '=', values: [tenant] });
  const question = { measure: measure.name, by: dimensions, where: filters, ...grid };
  await ledger.settle(SETTLE_MS);
  // One more than is shown tells whether there are more.
  const found = await source.query({ ...question, seriesMax: seriesMax + 1 });
  return {
    measure: measure.name,
    ...described(measure),
    from: new Date(grid.fromMs).toISOString(),
    to: new Date(grid.toMs).toISOString(),
    step_seconds: grid.stepMs / 1000,
    by: dimensions,
    timestamps_ms: found[0]?.timestampsMs ?? [],
    series: found.slice(0, seriesMax).map(({ labels, values }: Series) => ({
      labels,
      values: values.map((value) => (Number.isFinite(value) ? value : null)),
    })),
    truncated: found.length > seriesMax,
  };
}

function described({ unit, kind, good, help }: MeasureDescription) {
  return { unit, kind, good, help };
}
