/** Completions that the server asks models for, to see whether there is an answer, as the configuration declares them. */

import { parseUsd } from '@bellwether/events';
import { httpUrl } from './collector-items.ts';
import { type ItemReader, readItems } from './item-reader.ts';
import { accessJsonSchema, readAccess, type ScrapeAccess } from './scrape-access-items.ts';

/** A completion to ask for. */
export interface CompletionDefinition {
  readonly id: string;
  /** The endpoint of chat completions, whole. */
  readonly url: string;
  readonly provider: string;
  readonly model: string;
  /** `backend_id` of its events; `''` if there is none. */
  readonly backend: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly tokensMax: number;
  /** The name of the field that bounds the answer. */
  readonly tokensField: 'max_tokens' | 'max_completion_tokens';
  /** What it may cost in a day, UTC: dollars, as a decimal above 0. */
  readonly dailyUsdMax: string;
  readonly critical: boolean;
  readonly access: ScrapeAccess;
}

const COMPLETIONS_MAX = 100;
const TOKENS_MAX = 5;

/** Reads the list; a text is what is wrong with it. */
export function readCompletions(raw: unknown): readonly CompletionDefinition[] | string {
  return readItems(raw, COMPLETIONS_MAX, (item) => {
    const [intervalMs, timeoutMs] = [
      item.durationMs('interval', { default: 300_000, min: 10_000, max: 86_400_000 }),
      item.durationMs('timeout', { default: 30_000, min: 100, max: 600_000 }),
    ];
    return item.done({
      id: item.id('id'),
      url: item.parsed('url', httpUrl, undefined, 2048),
      provider: item.text('provider'),
      model: item.text('model'),
      backend: item.has('backend') ? item.text('backend') : '',
      intervalMs,
      timeoutMs,
      tokensMax: tokens(item),
      tokensField: item.choice('tokens_field', ['max_tokens', 'max_completion_tokens'], 'max_tokens'),
      dailyUsdMax: dollars(item),
      critical: item.flag('critical', false),
      access: readAccess(item),
    });
  });
}

function tokens(item: ItemReader): number {
  const value = item.positive('max_tokens') ?? 1;
  if (!Number.isInteger(value) || value > TOKENS_MAX)
    item.fail('max_tokens', `must be a whole number from 1 to ${TOKENS_MAX}`);
  return value;
}

function dollars(item: ItemReader): string {
  const text = item.decimal('daily_usd_max', '0.10');
  const amount = parseUsd(text);
  if (amount === null || amount <= 0n) item.fail('daily_usd_max', 'must be a positive amount in US dollars');
  return text;
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const duration = { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] } as const;

/** JSON Schema of the list. */
export const completionsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: COMPLETIONS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'url', 'provider', 'model'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      url: { type: 'string', minLength: 1, maxLength: 2048 },
      provider: text,
      model: text,
      backend: text,
      interval: duration,
      timeout: duration,
      max_tokens: { type: 'integer', minimum: 1, maximum: TOKENS_MAX },
      tokens_field: { type: 'string', enum: ['max_tokens', 'max_completion_tokens'] },
      daily_usd_max: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] },
      critical: { type: 'boolean' },
      ...accessJsonSchema,
    },
  },
};
