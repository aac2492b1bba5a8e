/**
 * What can be measured of requests, declared once, and of which figures each measure is
 * made. Charts, alert rules, baselines, objectives and the list at `/api/v1/measures`
 * all go by this table.
 */

import { BellwetherError } from '@bellwether/events';
import {
  type Duration,
  durations,
  type FigureName,
  figures,
  percentiles,
  type Score,
  scores,
} from '../rollups/figures.ts';

/** How the values of a measure come about, and so what it is where nothing happened: 0 for the first three, else nothing. */
export type MeasureKind =
  | 'count'
  | 'rate'
  | 'distinct'
  | 'ratio'
  | 'mean'
  | 'quantile'
  | 'maximum'
  /** Of no requests: what a sample or a Prometheus says. */
  | 'level';

/** A measure: what it is called, what it means, and how it is made of figures. */
export interface Measure {
  readonly name: string;
  readonly unit:
    | 'requests'
    | 'tokens'
    | 'bytes'
    | 'usd'
    | 'ms'
    | 'ratio'
    | 'score'
    | 'users'
    | 'sessions'
    | 'per_second'
    /** Whatever it is where it comes from. */
    | 'value';
  readonly help: string;
  /** Which direction is good news. */
  readonly good: 'higher' | 'lower' | 'neutral';
  readonly kind: MeasureKind;
  /** The figures that `sql` is made of; each stands in it as `f_NAME`. */
  readonly figures: readonly FigureName[];
  /** The value of a step, a Float64; `{seconds:UInt32}` is the length of the step. Not a number where there is none. */
  readonly sql: string;
}

type Declaration = Omit<Measure, 'name' | 'figures'>;

/** A sum of one figure. */
function total(figure: FigureName, unit: Measure['unit'], help: string, good: Measure['good']): Declaration {
  return { unit, help, good, kind: 'count', sql: `toFloat64(f_${figure})` };
}

/** One figure divided by another; nothing where that is 0. */
function share(
  over: string,
  under: string,
  declared: Pick<Declaration, 'unit' | 'help' | 'good'> & { readonly kind?: MeasureKind },
): Declaration {
  return {
    kind: 'ratio',
    ...declared,
    sql: `if((${under}) = 0, nan, toFloat64(${over}) / toFloat64(${under}))`,
  };
}

const durationHelp: Readonly<Record<Duration, string>> = {
  latency: 'Time from the start to the end of a request',
  ttft: 'Time from the start of a request to its first token',
  queue: 'Time a request waited before a backend took it',
};

function durationMeasures(name: Duration): [string, Declaration][] {
  const [unit, good] = ['ms', 'lower'] as const;
  const help = durationHelp[name];
  const orNothing = (value: string): string => `if(f_${name}_n = 0, nan, toFloat64(${value}))`;
  return [
    ...percentiles.map((p, i): [string, Declaration] => [
      `${name}_p${p}_ms`,
      {
        unit,
        good,
        kind: 'quantile',
        help: `${help}: ${p} % take at most this, within 1 %.`,
        sql: orNothing(`f_${name}_sketch[${i + 1}]`),
      },
    ]),
    [
      `${name}_avg_ms`,
      share(`f_${name}_us`, `f_${name}_n * 1000`, { unit, good, kind: 'mean', help: `${help}: the mean.` }),
    ],
    [
      `${name}_max_ms`,
      { unit, good, kind: 'maximum', help: `${help}: the longest.`, sql: orNothing(`f_${name}_max`) },
    ],
  ];
}

const scoreHelp: Readonly<Record<Score, string>> = {
  quality: 'How good answers were',
  accuracy: 'How correct answers were',
  relevance: 'How relevant answers were',
  completeness: 'How complete answers were',
  satisfaction: 'How satisfied users were',
};

function scoreMeasure(name: Score): [string, Declaration] {
  const help = `${scoreHelp[name]}: the mean of the scores that were given, 0 to 1.`;
  const declared = { unit: 'score', good: 'higher', kind: 'mean', help } as const;
  return [`${name}_score`, share(`f_${name}_billionths`, `f_${name}_n * 1000000000`, declared)];
}

const TOTAL_TOKENS = '(f_input_tokens + f_output_tokens)';

const declarations: readonly (readonly [string, Declaration])[] = [
  ['requests', total('requests', 'requests', 'Requests, failed ones included.', 'neutral')],
  [
    'requests_per_second',
    {
      unit: 'per_second',
      help: 'Requests a second.',
      good: 'neutral',
      kind: 'rate',
      sql: 'f_requests / {seconds:UInt32}',
    },
  ],
  ['errors', total('errors', 'requests', 'Requests that did not end in success.', 'lower')],
  [
    'error_ratio',
    share('f_errors', 'f_requests', {
      unit: 'ratio',
      good: 'lower',
      help: 'Share of requests that did not end in success.',
    }),
  ],
  [
    'success_ratio',
    share('f_requests - f_errors', 'f_requests', {
      unit: 'ratio',
      good: 'higher',
      help: 'Share of requests that ended in success.',
    }),
  ],
  ...durations.flatMap(durationMeasures),
  ['input_tokens', total('input_tokens', 'tokens', 'Input tokens, cached ones included.', 'neutral')],
  ['output_tokens', total('output_tokens', 'tokens', 'Output tokens, reasoning included.', 'neutral')],
  [
    'cached_tokens',
    total('cache_read_tokens', 'tokens', 'Input tokens that were read from a cache.', 'higher'),
  ],
  [
    'cache_write_tokens',
    total('cache_write_tokens', 'tokens', 'Input tokens that were written to a cache.', 'neutral'),
  ],
  [
    'reasoning_tokens',
    total('reasoning_tokens', 'tokens', 'Output tokens that were spent on reasoning.', 'neutral'),
  ],
  [
    'total_tokens',
    {
      unit: 'tokens',
      help: 'Input and output tokens.',
      good: 'neutral',
      kind: 'count',
      sql: `toFloat64(${TOTAL_TOKENS})`,
    },
  ],
  [
    'tokens_per_second',
    {
      unit: 'per_second',
      help: 'Input and output tokens a second.',
      good: 'neutral',
      kind: 'rate',
      sql: `toFloat64(${TOTAL_TOKENS}) / {seconds:UInt32}`,
    },
  ],
  [
    'tokens_per_request',
    share(TOTAL_TOKENS, 'f_requests', {
      unit: 'tokens',
      good: 'neutral',
      kind: 'mean',
      help: 'Input and output tokens of a request, the mean.',
    }),
  ],
  [
    'cached_token_ratio',
    share('f_cache_read_tokens', 'f_input_tokens', {
      unit: 'ratio',
      good: 'higher',
      help: 'Share of input tokens that were read from a cache.',
    }),
  ],
  [
    'cost_usd',
    {
      unit: 'usd',
      help: 'Cost of the requests with a known price; nothing where there are requests and none has one.',
      good: 'lower',
      kind: 'count',
      sql: 'if(f_requests > 0 AND f_priced = 0, nan, toFloat64(f_cost))',
    },
  ],
  [
    'cost_per_request_usd',
    share('f_cost', 'f_priced', {
      unit: 'usd',
      good: 'lower',
      kind: 'mean',
      help: 'Cost of a request with a known price, the mean.',
    }),
  ],
  [
    'cost_per_success_usd',
    share('f_cost', 'if(f_priced = 0, 0, f_requests - f_errors)', {
      unit: 'usd',
      good: 'lower',
      kind: 'mean',
      help: 'Cost, failed requests included, for each request that succeeded.',
    }),
  ],
  [
    'cost_per_million_tokens_usd',
    share('toFloat64(f_cost) * 1e6', `if(f_priced = 0, 0, ${TOTAL_TOKENS})`, {
      unit: 'usd',
      good: 'lower',
      kind: 'mean',
      help: 'Cost of a million input and output tokens.',
    }),
  ],
  [
    'unpriced_requests',
    {
      unit: 'requests',
      help: 'Requests without a known price.',
      good: 'lower',
      kind: 'count',
      sql: 'toFloat64(f_requests - f_priced)',
    },
  ],
  ...scores.map(scoreMeasure),
  [
    'cache_hit_ratio',
    share('f_cache_hits', 'f_cache_asked', {
      unit: 'ratio',
      good: 'higher',
      help: 'Share of the requests that a response cache was asked for and answered.',
    }),
  ],
  ['revenue_usd', total('revenue', 'usd', 'What requests were worth to the business.', 'higher')],
  [
    'revenue_per_request_usd',
    share('f_revenue', 'f_valued', {
      unit: 'usd',
      good: 'higher',
      kind: 'mean',
      help: 'What a request with a known worth was worth, the mean.',
    }),
  ],
  [
    'roi',
    share('f_revenue - f_cost', 'if(f_valued = 0, toDecimal128(0, 12), f_cost)', {
      unit: 'ratio',
      good: 'higher',
      help: 'Revenue less cost, for each dollar of cost.',
    }),
  ],
  [
    'users',
    { unit: 'users', help: 'Distinct users.', good: 'higher', kind: 'distinct', sql: 'toFloat64(f_users)' },
  ],
  [
    'sessions',
    {
      unit: 'sessions',
      help: 'Distinct sessions.',
      good: 'neutral',
      kind: 'distinct',
      sql: 'toFloat64(f_sessions)',
    },
  ],
  ['request_bytes', total('request_bytes', 'bytes', 'Bytes of the requests.', 'neutral')],
  ['response_bytes', total('response_bytes', 'bytes', 'Bytes of the answers.', 'neutral')],
];

/** The measures by name, in the order in which people read them. */
export const measures: ReadonlyMap<string, Measure> = new Map(
  declarations.map(([name, declared]) => [name, { name, ...declared, figures: figuresIn(declared.sql) }]),
);

function figuresIn(sql: string): FigureName[] {
  const named = new Set([...sql.matchAll(/\bf_(\w+)/g)].map(([, name = '']) => name));
  return [...figures.keys()].filter((name) => named.delete(name));
}

/**
 * Finds a measure.
 *
 * @throws BellwetherError `invalid_parameter` if there is none of that name.
 */
export function measureOf(name: string): Measure {
  const measure = measures.get(name);
  if (measure !== undefined) return measure;
  throw new BellwetherError(
    'invalid_parameter',
    `There is no measure of that name; there are ${[...measures.keys()].join(', ')}.`,
    { field: 'measure' },
  );
}

/** What a measure is in a step in which nothing happened. */
export function emptyValue({ kind }: Pick<Measure, 'kind'>): number {
  return kind === 'count' || kind === 'rate' || kind === 'distinct' ? 0 : Number.NaN;
}
