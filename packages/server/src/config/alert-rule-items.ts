/**
 * Alert rules as the configuration and rule files declare them: what is measured,
 * when it is wrong, for how long, and what is told about it.
 */

import { MATCHERS_MAX, type Matcher, parseMatcher } from '../matching/matcher.ts';
import { parseTemplate, type Template } from '../matching/template.ts';
import { ItemReader, readItems } from './item-reader.ts';

/** How bad an alert is, worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;

/** One of them. */
export type Severity = (typeof severities)[number];

/** How the values of a window become one. */
export const reductions = ['mean', 'max', 'min', 'sum', 'last'] as const;

/** One of them. */
export type Reduction = (typeof reductions)[number];

/** A rule over a measure of the ledger. */
export interface SeriesSubject {
  readonly kind: 'series';
  readonly measure: string;
  readonly by: readonly string[];
  readonly where: readonly {
    readonly dimension: string;
    readonly operator: '=' | '!=';
    readonly values: readonly string[];
  }[];
  readonly windowMs: number;
  readonly stepMs: number;
  /** What is made of the steps; `null` for what suits the measure. */
  readonly reduce: Reduction | null;
  /** Requests in the window below which there is nothing to judge; 0 judges always. */
  readonly minRequests: number;
}

/** A rule over what another part of the server knows at present, such as a budget or a health check. */
export interface SignalSubject {
  readonly kind: 'signal';
  readonly signal: string;
  readonly matchers: readonly Matcher[];
}

/** What of the future a rule can be about. */
export const forecastFigures = [
  'month_end_usd',
  'budget_end_percent',
  'budget_days_left',
  'days_until_limit',
  'disk_full_days',
] as const;

/** One of them. */
export type ForecastFigure = (typeof forecastFigures)[number];

/** Which value of a forecast is taken: the expected one, or an edge of what lies within 80 % or 95 %. */
export const forecastBounds = ['expected', 'lower80', 'upper80', 'lower95', 'upper95'] as const;

/** One of them. */
export type ForecastBound = (typeof forecastBounds)[number];

/** A rule over what will be. */
export interface ForecastSubject {
  readonly kind: 'forecast';
  readonly figure: ForecastFigure;
  readonly bound: ForecastBound;
  readonly matchers: readonly Matcher[];
  /** Of `days_until_limit` alone; `cost_usd` for `month_end_usd`. */
  readonly measure: string;
  readonly by: readonly string[];
  readonly where: SeriesSubject['where'];
  /** The value that must not be reached; NaN where the figure has none. */
  readonly limit: number;
  readonly stepMs: number;
  /** How far is looked. */
  readonly aheadMs: number;
}

/** A rule, complete. */
export interface AlertRuleDefinition {
  readonly id: string;
  readonly enabled: boolean;
  readonly name: string;
  readonly subject: SeriesSubject | SignalSubject | ForecastSubject;
  readonly operator: 'above' | 'below';
  readonly threshold: number;
  /** The alert ends when the value is back at this or better; the threshold, unless it is further away. */
  readonly resolveAt: number;
  readonly forMs: number;
  readonly keepFiringMs: number;
  /** What an absent value means: all is well, it is what is wrong, or what was so before. */
  readonly missing: 'ok' | 'alert' | 'keep';
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: Template;
  readonly description: Template;
  readonly runbook: string;
}

/** Rules of a server. */
export const ALERT_RULES_MAX = 2000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const FORECAST_STEPS_MAX = 1000;
const LABELS_MAX = 16;
const TEMPLATE_LENGTH_MAX = 1000;
const FILTER_VALUES_MAX = 100;
const BY_MAX = 4;
const STEPS_MAX = 1440;
const STEPS_DEFAULT_MAX = 12;
const RESERVED: ReadonlySet<string> = new Set(['alertname', 'severity', 'rule']);

/** Reads the list; a text is what is wrong with it. */
export function readAlertRules(raw: unknown): readonly AlertRuleDefinition[] | string {
  return readItems(raw, ALERT_RULES_MAX, readAlertRule);
}

function readAlertRule(item: ItemReader): AlertRuleDefinition {
  const id = item.id('id');
  const enabled = item.flag('enabled', true);
  const name = item.text('name', id);
  const subject = readSubject(item, enabled);
  const { operator, threshold, resolveAt } = readCondition(item, enabled);
  const labels = item.labels('labels', LABELS_MAX);
  const reserved = Object.keys(labels).find((label) => RESERVED.has(label));
  if (reserved !== undefined) item.fail('labels', `must not set ${reserved}, which every alert has`);
  return item.done({
    id,
    enabled,
    name,
    subject,
    operator,
    threshold,
    resolveAt,
    forMs: item.durationMs('for', { default: 0, min: 0, max: 7 * DAY_MS }),
    keepFiringMs: item.durationMs('keep_firing_for', { default: 0, min: 0, max: 7 * DAY_MS }),
    missing: item.choice('missing', ['ok', 'alert', 'keep'], 'ok'),
    severity: item.choice('severity', severities, 'medium'),
    labels,
    summary: item.parsed('summary', parseTemplate, name, TEMPLATE_LENGTH_MAX),
    description: item.parsed('description', parseTemplate, '{{ name }}: {{ value }}', TEMPLATE_LENGTH_MAX),
    runbook: item.has('runbook') ? item.parsed('runbook', webAddress) : '',
  });
}

function readSubject(item: ItemReader, enabled: boolean): AlertRuleDefinition['subject'] {
  if (item.has('signal')) {
    if (item.has('measure')) item.fail('signal', 'and measure cannot both be given');
    return {
      kind: 'signal',
      signal: item.text('signal'),
      matchers: item.parsedAll('matchers', MATCHERS_MAX, parseMatcher),
    };
  }
  if (item.has('forecast')) return readForecast(item);
  const windowMs = item.durationMs('window', { default: 5 * MINUTE_MS, min: MINUTE_MS, max: 31 * DAY_MS });
  const stepMs = item.durationMs('step', { default: stepOf(windowMs), min: MINUTE_MS, max: windowMs });
  if (stepMs % MINUTE_MS !== 0) item.fail('step', 'must be whole minutes');
  if (windowMs % stepMs !== 0) item.fail('window', 'must be a whole number of steps');
  if (windowMs / stepMs > STEPS_MAX) item.fail('window', `must have at most ${STEPS_MAX} steps`);
  const minRequests = item.number('min_requests') ?? 0;
  if (minRequests < 0) item.fail('min_requests', 'must be at least 0');
  return {
    kind: 'series',
    measure: item.text('measure', enabled ? undefined : 'requests'),
    by: item.texts('by', BY_MAX) ?? [],
    where: filtersOf(item),
    windowMs,
    stepMs,
    reduce: item.has('reduce') ? item.choice('reduce', reductions) : null,
    minRequests,
  };
}

function filtersOf(item: ItemReader): SeriesSubject['where'] {
  const filters = (key: string, operator: '=' | '!=') =>
    item.filters(key, FILTER_VALUES_MAX).map(([dimension, values]) => ({ dimension, operator, values }));
  return [...filters('where', '='), ...filters('where_not', '!=')];
}

function readForecast(item: ItemReader): ForecastSubject {
  const figure = item.choice('forecast', forecastFigures);
  const isOfMeasure = figure === 'days_until_limit';
  const isOfSeries = isOfMeasure || figure === 'month_end_usd';
  for (const key of ['measure', 'limit', 'step', 'ahead'])
    if (!isOfMeasure && item.has(key)) item.fail(key, `does not go with ${figure}`);
  for (const key of ['by', 'where', 'where_not'])
    if (!isOfSeries && item.has(key)) item.fail(key, `does not go with ${figure}; matchers choose labels`);
  const stepMs = item.durationMs('step', { default: HOUR_MS, min: MINUTE_MS, max: DAY_MS });
  const aheadMs = item.durationMs('ahead', { default: 30 * DAY_MS, min: stepMs, max: 366 * DAY_MS });
  if (stepMs % MINUTE_MS !== 0) item.fail('step', 'must be whole minutes');
  if (aheadMs / stepMs > FORECAST_STEPS_MAX)
    item.fail('ahead', `must have at most ${FORECAST_STEPS_MAX} steps`);
  const limit = isOfMeasure ? item.number('limit') : Number.NaN;
  if (limit === null) item.fail('limit', 'must be given');
  return {
    kind: 'forecast',
    figure,
    bound: item.choice('bound', forecastBounds, 'expected'),
    matchers: item.parsedAll('matchers', MATCHERS_MAX, parseMatcher),
    measure: isOfMeasure ? item.text('measure') : 'cost_usd',
    by: item.texts('by', BY_MAX) ?? [],
    where: filtersOf(item),
    limit,
    stepMs,
    aheadMs,
  };
}

/** The step of a window that has none: the shortest in whole minutes of which twelve or fewer make the window. */
function stepOf(windowMs: number): number {
  const minutes = Math.round(windowMs / MINUTE_MS);
  for (let step = Math.ceil(minutes / STEPS_DEFAULT_MAX); step < minutes; step += 1)
    if (minutes % step === 0) return step * MINUTE_MS;
  return Math.max(1, minutes) * MINUTE_MS;
}

type Condition = Pick<AlertRuleDefinition, 'operator' | 'threshold' | 'resolveAt'>;

function readCondition(item: ItemReader, enabled: boolean): Condition {
  const above = item.number('above');
  const below = item.number('below');
  if ((above === null) === (below === null) && (enabled || above !== null))
    item.fail('above', 'or below, one of the two, must be given');
  const operator = below === null ? 'above' : 'below';
  const threshold = above ?? below ?? 0;
  const resolveAt = item.number('resolve_at') ?? threshold;
  const onTheWrongSide = operator === 'above' ? resolveAt > threshold : resolveAt < threshold;
  if (onTheWrongSide) item.fail('resolve_at', `must not be ${operator} the threshold`);
  return { operator, threshold, resolveAt };
}

/** Reads an address that people are sent to. */
export function webAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new TypeError('must be an http or https address');
  return url.href;
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const long = { type: 'string', minLength: 1, maxLength: TEMPLATE_LENGTH_MAX } as const;
const duration = { anyOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] } as const;
const texts = { anyOf: [text, { type: 'array', items: text, minItems: 1 }] } as const;
const filter = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
} as const;

/** JSON Schema of the list. */
export const alertRulesJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ALERT_RULES_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      enabled: { type: 'boolean' },
      name: text,
      measure: text,
      by: texts,
      where: filter,
      where_not: filter,
      window: duration,
      step: duration,
      reduce: { type: 'string', enum: [...reductions] },
      min_requests: { type: 'number', minimum: 0 },
      signal: text,
      matchers: texts,
      forecast: { type: 'string', enum: [...forecastFigures] },
      bound: { type: 'string', enum: [...forecastBounds] },
      limit: { type: 'number' },
      ahead: duration,
      above: { type: 'number' },
      below: { type: 'number' },
      resolve_at: { type: 'number' },
      for: duration,
      keep_firing_for: duration,
      missing: { type: 'string', enum: ['ok', 'alert', 'keep'] },
      severity: { type: 'string', enum: [...severities] },
      labels: { type: 'object', maxProperties: LABELS_MAX, additionalProperties: text },
      summary: long,
      description: long,
      runbook: text,
    },
  },
};
