/**
 * Budgets as the configuration declares them: a list of maps. They are read by
 * hand and strictly, since the server carries no schema compiler for a few lines.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { ItemReader, readItems } from './item-reader.ts';

/** The dimensions that a budget can be limited to, in the order of the key of a request. */
export const budgetDimensions = [
  'provider',
  'team',
  'tenant',
  'user',
  'model',
  'application',
  'backend',
  'environment',
] as const;

/** One of them. */
export type BudgetDimension = (typeof budgetDimensions)[number];

/** The days on which weeks can begin, Sunday first. */
export const weekDays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

/** A budget as it is declared, complete. */
export interface BudgetDefinition {
  readonly id: string;
  readonly name: string;
  /** Exact decimal dollars, for `parseUsd`. */
  readonly amountUsd: string;
  readonly period: 'day' | 'week' | 'month';
  /** IANA name. */
  readonly timeZone: string;
  readonly weekStart: (typeof weekDays)[number];
  /** What a request must have to count; of several values any. No entry: every request. */
  readonly scope: Readonly<Partial<Record<BudgetDimension, readonly string[]>>>;
  /** If given, each value of this dimension has the amount for itself. */
  readonly per: BudgetDimension | null;
  /** Percentages of the amount from which on the budget is `soft`, ascending. */
  readonly softPercent: readonly number[];
  /** Whether reservations beyond the amount are refused. */
  readonly hard: boolean;
}

/** Budgets that can be declared. */
export const BUDGETS_MAX = 256;
const SCOPE_VALUES_MAX = 100;
const SOFT_LIMITS_MAX = 16;

/** Reads the list; a text is what is wrong with it. */
export function readBudgets(raw: unknown): readonly BudgetDefinition[] | string {
  return readItems(raw, BUDGETS_MAX, readBudget);
}

function readBudget(item: ItemReader): BudgetDefinition {
  const id = item.id('id');
  const amount = parseUsd(item.decimal('amount_usd'));
  if (amount === null || amount <= 0n) item.fail('amount_usd', 'must be a positive amount in US dollars');
  const timeZone = item.text('time_zone', 'UTC');
  if (!isZone(timeZone)) item.fail('time_zone', 'must be an IANA time zone such as Europe/Berlin');
  return item.done({
    id,
    name: item.text('name', id),
    amountUsd: formatUsd(amount ?? 0n),
    period: item.choice('period', ['day', 'week', 'month']),
    timeZone,
    weekStart: item.choice('week_start', weekDays, 'monday'),
    scope: readScope(item.map('scope')),
    per: item.optionalChoice('per', budgetDimensions),
    softPercent: item
      .numbers('soft_percent', { default: [80], above: 0, itemsMax: SOFT_LIMITS_MAX })
      .toSorted((a, b) => a - b),
    hard: item.flag('hard', true),
  });
}

function readScope(scope: ItemReader): BudgetDefinition['scope'] {
  const read: Partial<Record<BudgetDimension, readonly string[]>> = {};
  for (const dimension of budgetDimensions) {
    const values = scope.texts(dimension, SCOPE_VALUES_MAX);
    if (values !== null) read[dimension] = values;
  }
  return scope.done(read);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const oneOrMore = {
  anyOf: [text, { type: 'array', items: text, minItems: 1, maxItems: SCOPE_VALUES_MAX }],
} as const;

/** JSON Schema of the list. */
export const budgetsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: BUDGETS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'amount_usd', 'period'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      name: text,
      amount_usd: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] },
      period: { type: 'string', enum: ['day', 'week', 'month'] },
      time_zone: { type: 'string', description: 'IANA name; UTC if absent.' },
      week_start: { type: 'string', enum: [...weekDays] },
      scope: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(budgetDimensions.map((dimension) => [dimension, oneOrMore])),
      },
      per: { type: 'string', enum: [...budgetDimensions] },
      soft_percent: {
        type: 'array',
        items: { type: 'number', exclusiveMinimum: 0 },
        maxItems: SOFT_LIMITS_MAX,
      },
      hard: { type: 'boolean' },
    },
  },
};
