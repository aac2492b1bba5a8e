/** `GET /api/v1/samples`: figures that were pushed or scraped, as they are kept beside events. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readTimeRange } from '../report/time-range.ts';
import { readSampleNames, readSamples } from '../samples/read-samples.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;
/** Series of one answer unless fewer are asked for, and values of each. */
const SERIES_MAX = 100;
const VALUES_MAX = 1000;
const NAMES_MAX = 10_000;

interface SampleQuery {
  readonly name?: string;
  readonly source?: string;
  readonly label?: string | readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly series_max?: number;
}

const querySchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        maxLength: 512,
        description: 'The metric, in Prometheus’ manner. Without it: the names.',
      }),
    ),
    source: Type.Optional(Type.String({ maxLength: 512, description: 'The job and the instance.' })),
    label: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 16 })], {
        description: 'Only series with this label, e.g. backend=b1; may be repeated.',
      }),
    ),
    from: Type.Optional(Type.String({ description: 'Date or RFC 3339; included. A day back if absent.' })),
    to: Type.Optional(Type.String({ description: 'Date or RFC 3339; excluded.' })),
    hours: Type.Optional(Type.Number({ description: 'The last so many hours, instead of from.' })),
    series_max: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  { additionalProperties: false },
);

const answerSchema = Type.Union([
  Type.Object({
    names: Type.Array(
      Type.Object({
        name: Type.String(),
        kinds: Type.Array(Type.String()),
        series: Type.Integer(),
        newest: Type.String(),
      }),
    ),
  }),
  Type.Object({
    name: Type.String(),
    series: Type.Array(
      Type.Object({
        source: Type.String(),
        kind: Type.String({
          description:
            'gauge: a level; counter: a running total; delta: what was added since the sample before.',
        }),
        labels: Type.Record(Type.String(), Type.String()),
        values: Type.Array(Type.Array(Type.Union([Type.Number(), Type.Null()])), {
          description: `[milliseconds since the epoch, value], oldest first; the newest ${VALUES_MAX} of each series.`,
        }),
      }),
    ),
    truncated: Type.Boolean({ description: 'True if there are more series.' }),
  }),
]);

/** Adds the route. */
export function sampleRoutes(ledger: Ledger, clock: Clock) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: SampleQuery }>(
      '/api/v1/samples',
      {
        schema: {
          summary: 'Samples of metrics that were pushed',
          querystring: querySchema,
          response: { 200: answerSchema, '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      ({ query, principal }) => ask(ledger, () => answer(query, principal.tenant, ledger, clock)),
    );
  };
}

async function answer(query: SampleQuery, tenant: string | null, ledger: Ledger, clock: Clock) {
  const { name, source, label = [], series_max: seriesMax = SERIES_MAX, ...times } = query;
  const isOpen = times.from === undefined && times.hours === undefined;
  const range = readTimeRange(isOpen ? { ...times, hours: 24 } : times, clock.nowMs());
  await ledger.settle(SETTLE_MS);
  if (name === undefined)
    return { names: await readSampleNames(ledger.connection, range, tenant, NAMES_MAX) };
  const found = await readSamples(ledger.connection, {
    name,
    ...(source === undefined ? {} : { source }),
    labels: Object.fromEntries([label].flat().map(readLabel)),
    tenant,
    range,
    // One more than is shown tells whether there are more.
    seriesMax: seriesMax + 1,
    valuesMax: VALUES_MAX,
  });
  return { name, series: found.slice(0, seriesMax), truncated: found.length > seriesMax };
}

function readLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1)
    throw new BellwetherError('invalid_parameter', 'label must be a name, = and a value.', {
      field: 'label',
    });
  return [text.slice(0, at), text.slice(at + 1)];
}
