/** What is collected and what is checked, as the configuration declares it. */

import { ItemReader, readItems } from './item-reader.ts';
import { accessJsonSchema, readAccess, type ScrapeAccess } from './scrape-access-items.ts';

/** The exporters whose families are put under names of the catalogue. */
export const exporterKinds = [
  'vllm',
  'sglang',
  'tgi',
  'tensorrt_llm',
  'triton',
  'ollama',
  'litellm',
] as const;

/** The name of an exporter. */
export type ExporterKind = (typeof exporterKinds)[number];

/** Which exporters are looked for: one, all, or none. */
export type ExporterChoice = ExporterKind | 'auto' | 'none';

/** A job: targets that are scraped alike. */
export interface CollectorJob {
  readonly id: string;
  /** `HOST:PORT` each. */
  readonly targets: readonly string[];
  /** Addresses that give targets in the form of Prometheus' HTTP service discovery. */
  readonly httpSd: readonly string[];
  /** Files with targets in the form of Prometheus' file discovery, JSON or YAML. */
  readonly fileSd: readonly string[];
  readonly scheme: 'http' | 'https';
  readonly path: string;
  /** Null: `metrics.collection_interval`. */
  readonly intervalMs: number | null;
  readonly timeoutMs: number;
  /** How often discovery is asked again. */
  readonly refreshMs: number;
  /** Put on every series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly samplesMax: number;
  readonly bodyBytesMax: number;
  readonly exporter: ExporterChoice;
  /** Whether what an exporter shows is also kept under its own names. */
  readonly raw: boolean;
  readonly access: ScrapeAccess;
}

/** A health check of one's own. */
export interface CheckDefinition {
  readonly id: string;
  readonly probe:
    | { readonly kind: 'http'; readonly url: string; readonly status: number | null }
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number };
  readonly critical: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

const JOBS_MAX = 64;
const TARGETS_MAX = 1000;
const CHECKS_MAX = 100;
const MIB = 1_048_576;

/** Reads the jobs; a text is what is wrong with them. */
export function readCollectorJobs(raw: unknown): readonly CollectorJob[] | string {
  return readItems(raw, JOBS_MAX, (item) => {
    const targets = item.parsedAll('targets', TARGETS_MAX, hostPortOf).map(({ text }) => text);
    const httpSd = item.parsedAll('http_sd', 16, httpUrl);
    const fileSd = item.texts('file_sd', 16) ?? [];
    const id = item.id('id');
    if (targets.length + httpSd.length + fileSd.length === 0)
      item.fail('targets', 'or http_sd or file_sd must be given');
    const path = item.text('path', '/metrics', 1024);
    if (!path.startsWith('/')) item.fail('path', 'must begin with /');
    const intervalMs = item.has('interval')
      ? item.durationMs('interval', { min: 1000, max: 3_600_000 })
      : null;
    const timeoutMs = item.durationMs('timeout', { default: 10_000, min: 100, max: 600_000 });
    if (intervalMs !== null && item.has('timeout') && timeoutMs > intervalMs)
      item.fail('timeout', 'must not be longer than the interval');
    return item.done({
      id,
      targets,
      httpSd,
      fileSd,
      scheme: item.choice('scheme', ['http', 'https'], 'http'),
      path,
      intervalMs,
      timeoutMs,
      refreshMs: item.durationMs('refresh', { default: 60_000, min: 1000, max: 86_400_000 }),
      labels: item.labels('labels', 32),
      samplesMax: whole(item, 'samples_max', 10_000, 100_000),
      bodyBytesMax: whole(item, 'body_bytes_max', 10 * MIB, 256 * MIB),
      exporter: item.choice('kind', ['auto', 'none', ...exporterKinds], 'auto'),
      raw: item.flag('raw', true),
      access: readAccess(item),
    });
  });
}

/** Reads the checks; a text is what is wrong with them. */
export function readHealthChecks(raw: unknown): readonly CheckDefinition[] | string {
  return readItems(raw, CHECKS_MAX, (item) => {
    const id = item.id('id');
    if (item.has('http') === item.has('tcp')) item.fail('http', 'or tcp must be given, one of the two');
    return item.done({
      id,
      probe: readProbe(item),
      critical: item.flag('critical', false),
      intervalMs: item.durationMs('interval', { default: 15_000, min: 1000, max: 3_600_000 }),
      timeoutMs: item.durationMs('timeout', { default: 5000, min: 100, max: 60_000 }),
    });
  });
}

function readProbe(item: ItemReader): CheckDefinition['probe'] {
  if (item.has('http')) {
    const status = item.positive('status');
    if (status !== null && !(Number.isInteger(status) && status >= 100 && status <= 599))
      item.fail('status', 'must be an HTTP status');
    return { kind: 'http', url: item.parsed('http', httpUrl, undefined, 2048), status };
  }
  const { host, port } = item.parsed('tcp', hostPortOf);
  return { kind: 'tcp', host, port };
}

function whole(item: ItemReader, key: string, fallback: number, max: number): number {
  const value = item.positive(key) ?? fallback;
  if (!Number.isInteger(value) || value > max) item.fail(key, `must be a whole number up to ${max}`);
  return value;
}

/** Reads `HOST:PORT`. @throws Error if it is none. */
export function hostPortOf(text: string): {
  readonly text: string;
  readonly host: string;
  readonly port: number;
} {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || text.length > 262 || !(port >= 1 && port <= 65_535))
    throw new Error('must be HOST:PORT');
  return { text, host, port };
}

/** An http or https URL without credentials, since others than administrators may see it. @throws Error if it is none. */
export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('must be an http or https URL');
  if (url.username !== '' || url.password !== '') throw new Error('must have no credentials');
  return text;
}

const texts = (items: Readonly<Record<string, unknown>>, maxItems: number) => ({
  anyOf: [items, { type: 'array', items, minItems: 1, maxItems }],
});
const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const duration = { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] } as const;
const id = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' } as const;

/** JSON Schema of the jobs. */
export const collectorJobsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: JOBS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: {
      id,
      targets: texts(text, TARGETS_MAX),
      http_sd: texts(text, 16),
      file_sd: texts(text, 16),
      scheme: { type: 'string', enum: ['http', 'https'] },
      path: { type: 'string', pattern: '^/', maxLength: 1024 },
      interval: duration,
      timeout: duration,
      refresh: duration,
      labels: { type: 'object', additionalProperties: text, maxProperties: 32 },
      samples_max: { type: 'integer', minimum: 1, maximum: 100_000 },
      body_bytes_max: { type: 'integer', minimum: 1, maximum: 256 * MIB },
      kind: { type: 'string', enum: ['auto', 'none', ...exporterKinds] },
      raw: { type: 'boolean' },
      ...accessJsonSchema,
    },
  },
};

/** JSON Schema of the checks. */
export const healthChecksJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: CHECKS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: {
      id,
      http: { type: 'string', minLength: 1, maxLength: 2048 },
      tcp: text,
      status: { type: 'integer', minimum: 100, maximum: 599 },
      critical: { type: 'boolean' },
      interval: duration,
      timeout: duration,
    },
  },
};
