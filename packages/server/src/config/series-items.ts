/** Series of one's own that are watched: PromQL of a Prometheus, or samples of the ledger, under a name. */

import { readItems } from './item-reader.ts';

/** How the samples of several series become one value. */
export const sampleAggregates = ['sum', 'avg', 'min', 'max'] as const;

/** One of them. */
export type SampleAggregate = (typeof sampleAggregates)[number];

/** A named series, or several that an expression or labels tell apart. */
export interface SeriesDefinition {
  readonly id: string;
  readonly from:
    | { readonly kind: 'promql'; readonly expression: string }
    | {
        readonly kind: 'sample';
        readonly name: string;
        /** Null: the sum of counters' rates, and the mean of levels. */
        readonly aggregate: SampleAggregate | null;
        readonly by: readonly string[];
        readonly where: readonly {
          readonly dimension: string;
          readonly operator: '=' | '!=';
          readonly values: readonly string[];
        }[];
      };
  /** Length of the steps that it is watched at. */
  readonly stepMs: number;
  /** Put on every series of it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Series that it may have at most. */
  readonly seriesMax: number;
}

const ITEMS_MAX = 200;
const SERIES_MAX = 500;
const SERIES_DEFAULT = 20;
const EXPRESSION_LENGTH_MAX = 4000;
const LABELS_MAX = 16;
const BY_MAX = 4;
const FILTER_VALUES_MAX = 100;
const MINUTE_MS = 60_000;

/** Reads the list; a text is what is wrong with it. */
export function readSeriesDefinitions(raw: unknown): readonly SeriesDefinition[] | string {
  return readItems(raw, ITEMS_MAX, (item) => {
    const id = item.id('id');
    if (item.has('promql') === item.has('sample'))
      item.fail('promql', 'or sample must be given, one of the two');
    const stepMs = item.durationMs('step', { default: MINUTE_MS, min: MINUTE_MS, max: 60 * MINUTE_MS });
    if (stepMs % MINUTE_MS !== 0) item.fail('step', 'must be whole minutes');
    const seriesMax = item.positive('series_max') ?? SERIES_DEFAULT;
    if (!Number.isInteger(seriesMax) || seriesMax > SERIES_MAX)
      item.fail('series_max', `must be a whole number up to ${SERIES_MAX}`);
    const filters = (key: string, operator: '=' | '!=') =>
      item.filters(key, FILTER_VALUES_MAX).map(([dimension, values]) => ({ dimension, operator, values }));
    const from = item.has('promql')
      ? { kind: 'promql' as const, expression: item.text('promql', undefined, EXPRESSION_LENGTH_MAX) }
      : {
          kind: 'sample' as const,
          name: item.text('sample'),
          aggregate: item.optionalChoice('aggregate', sampleAggregates),
          by: item.texts('by', BY_MAX) ?? [],
          where: [...filters('where', '='), ...filters('where_not', '!=')],
        };
    return item.done({ id, from, stepMs, labels: item.labels('labels', LABELS_MAX), seriesMax });
  });
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const filter = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
} as const;

/** JSON Schema of the list. */
export const seriesDefinitionsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ITEMS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      promql: { type: 'string', minLength: 1, maxLength: EXPRESSION_LENGTH_MAX },
      sample: text,
      aggregate: { type: 'string', enum: [...sampleAggregates] },
      by: { anyOf: [text, { type: 'array', items: text, minItems: 1, maxItems: BY_MAX }] },
      where: filter,
      where_not: filter,
      step: { anyOf: [{ type: 'number', minimum: 60 }, { type: 'string' }] },
      labels: { type: 'object', maxProperties: LABELS_MAX, additionalProperties: text },
      series_max: { type: 'integer', minimum: 1, maximum: SERIES_MAX },
    },
  },
};
