/** Self-hosted models as the configuration declares them: what their machines cost, and who shares that. */

import { formatUsd, parseUsd } from '@bellwether/events';
import { ItemReader, readItems } from './item-reader.ts';

/** The machines of some self-hosted models, as they are declared, complete. */
export interface SelfHostedDefinition {
  readonly id: string;
  readonly provider: string;
  /** Globs over the model; any of them. */
  readonly models: readonly string[];
  /** What the machines cost in an hour, all of them: exact decimal dollars. */
  readonly hourUsd: string;
  /** What the cost of use is divided by. */
  readonly allocateBy: 'tokens' | 'time';
  /** Requests that the machines work on at once; decides how much is idle where nothing measures use. */
  readonly concurrency: number;
  /** PromQL for the share in use, 0 to 1, or in percent with `percent`. Empty: not measured. */
  readonly gpuQuery: string;
  readonly cpuQuery: string;
  readonly memoryQuery: string;
  readonly percent: boolean;
}

const ITEMS_MAX = 64;
const MODELS_MAX = 100;
const QUERY_LENGTH_MAX = 4096;

/** Reads the list; a text is what is wrong with it. */
export function readSelfHosted(raw: unknown): readonly SelfHostedDefinition[] | string {
  return readItems(raw, ITEMS_MAX, readOne);
}

function readOne(item: ItemReader): SelfHostedDefinition {
  const query = (key: string): string => (item.has(key) ? item.text(key, undefined, QUERY_LENGTH_MAX) : '');
  return item.done({
    id: item.id('id'),
    provider: item.text('provider'),
    models: item.texts('models', MODELS_MAX) ?? ['*'],
    hourUsd: readRate(item),
    allocateBy: item.choice('allocate_by', ['tokens', 'time'], 'tokens'),
    concurrency: item.positive('concurrency') ?? 1,
    gpuQuery: query('gpu_query'),
    cpuQuery: query('cpu_query'),
    memoryQuery: query('memory_query'),
    percent: item.flag('percent', false),
  });
}

/** One of the three ways to say what the machines cost, as dollars an hour. */
function readRate(item: ItemReader): string {
  const ways = ['usd_per_gpu_hour', 'usd_per_hour', 'usd_per_second'].filter((key) => item.has(key));
  const [way = 'usd_per_hour'] = ways;
  if (ways.length !== 1) item.fail(way, 'or another rate, exactly one of the three, must be given');
  const amount = parseUsd(item.decimal(way));
  if (amount === null || amount <= 0n) item.fail(way, 'must be a positive amount in US dollars');
  const gpus = item.positive('gpus') ?? 1;
  if (!Number.isInteger(gpus)) item.fail('gpus', 'must be a whole number');
  if (item.has('gpus') && way !== 'usd_per_gpu_hour') item.fail('gpus', 'goes with usd_per_gpu_hour only');
  const factor = way === 'usd_per_second' ? 3600 : gpus;
  return formatUsd((amount ?? 0n) * BigInt(factor));
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const query = { type: 'string', minLength: 1, maxLength: QUERY_LENGTH_MAX } as const;
const amount = { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] } as const;

/** JSON Schema of the list. */
export const selfHostedJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ITEMS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'provider'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      provider: text,
      models: { anyOf: [text, { type: 'array', items: text, minItems: 1, maxItems: MODELS_MAX }] },
      usd_per_gpu_hour: amount,
      gpus: { type: 'integer', minimum: 1 },
      usd_per_hour: amount,
      usd_per_second: amount,
      allocate_by: { type: 'string', enum: ['tokens', 'time'] },
      concurrency: { type: 'number', exclusiveMinimum: 0 },
      gpu_query: query,
      cpu_query: query,
      memory_query: query,
      percent: { type: 'boolean' },
    },
  },
};
