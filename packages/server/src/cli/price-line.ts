/**
 * One line of `bellwether price`: a provider's raw answer or an event's usage goes
 * in, its cost with the reasons comes out. A line that cannot be priced becomes an
 * error of the catalogue; it never stops the lines after it.
 */

import type { AcceptedEvent } from '@bellwether/events';
import { BellwetherError, formatUsd, parseEvent } from '@bellwether/events';
import type { ChargeBreakdown, Pricer, UsageDetail } from '../pricing/index.ts';
import type { AlsoUsed, Counts, Reading } from '../usage/index.ts';
import { readAnswer } from '../usage/index.ts';

/** What pricing a line depends on besides the line. */
export interface LineContext {
  readonly pricer: Pricer;
  /** The time of requests whose line has no timestamp, in epoch milliseconds. */
  readonly nowMs: number;
}

/** The token fields of the event, in its order. */
const TOKEN_FIELDS = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'input_image_tokens',
] as const satisfies readonly (keyof AcceptedEvent & keyof Counts)[];

type JsonObject = Record<string, unknown>;

/** Fields of a line that are fields of the event as well. */
const EVENT_FIELDS_OF_LINE = [
  'provider',
  'model',
  'timestamp',
  'service_tier',
  'region',
  'cost_usd',
] as const;

/**
 * Prices a line.
 *
 * @returns a line of JSON without a line break: the charge, or `{"error":{code,message}}`.
 */
export function priceLine(line: string, context: LineContext): string {
  try {
    const request = parseLine(line);
    const result = 'body' in request ? priceBody(request, context) : priceUsage(request, context);
    return JSON.stringify(result);
  } catch (error) {
    return JSON.stringify({ error: describe(error) });
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof BellwetherError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

function parseLine(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BellwetherError('invalid_json', 'The line is not valid JSON.', {}, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BellwetherError('invalid_event', 'The line is not a JSON object.');
  }
  return value as JsonObject;
}

/** A line with an event's usage: its fields may stand in `usage` or beside it. */
function priceUsage(line: JsonObject, context: LineContext): JsonObject {
  const { usage } = line;
  if (usage === undefined && !TOKEN_FIELDS.some((field) => field in line)) {
    throw new BellwetherError('missing_field', 'The line has neither body nor usage.', { field: 'body' });
  }
  if (usage !== undefined && (typeof usage !== 'object' || usage === null || Array.isArray(usage))) {
    throw new BellwetherError('invalid_type', 'usage must be an object.', { field: 'usage' });
  }
  const fields = usage === undefined ? line : { ...eventFieldsOf(line), ...usage };
  const event = eventOf(fields, context);
  const breakdown = context.pricer.explain(event);
  return resultOf(event.provider, event.model, event, breakdown);
}

/** A line with a provider's answer. */
function priceBody(line: JsonObject, context: LineContext): JsonObject {
  const reading = readAnswer(line.body, {
    provider: textOf(line, 'provider'),
    apiFlavor: textOf(line, 'api_flavor'),
    request: line.request,
    ...statusOf(line),
  });
  const fields = eventFieldsOf(line);
  if (reading.model !== '') fields.response_model = reading.model;
  if (reading.model !== '') fields.model ??= reading.model;
  if (reading.serviceTier !== '') fields.service_tier ??= reading.serviceTier;
  if (reading.region !== '') fields.region ??= reading.region;
  // An answer need not name its model (Bedrock never does); then it has no price, but a reading.
  const model = typeof fields.model === 'string' ? fields.model : '';
  const event = {
    ...eventOf({ ...fields, model: model || 'unknown' }, context),
    ...countsOf(reading.counts),
  };
  if (reading.state === 'failed' && event.cost_usd === null) return failedResult(event.provider, model);
  const breakdown = context.pricer.explain({ ...event, model }, reading.counts.detail ?? undefined);
  return { ...resultOf(event.provider, model, event, breakdown), ...remarksOn(reading, event, context) };
}

function statusOf(line: JsonObject): { status?: number } {
  const { status } = line;
  if (status === undefined) return {};
  if (typeof status !== 'number') {
    throw new BellwetherError('invalid_type', 'status must be the HTTP status of the answer.', {
      field: 'status',
    });
  }
  return { status };
}

function textOf(line: JsonObject, field: string): string {
  const value = line[field] ?? '';
  if (typeof value !== 'string')
    throw new BellwetherError('invalid_type', `${field} must be a text.`, { field });
  return value;
}

/** The fields of a line that an event has too. Absent texts may be written as null or as nothing. */
function eventFieldsOf(line: JsonObject): JsonObject {
  const fields: JsonObject = {};
  for (const field of EVENT_FIELDS_OF_LINE) if (isPresent(line[field])) fields[field] = line[field];
  return fields;
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

function eventOf(fields: JsonObject, { nowMs }: LineContext): AcceptedEvent {
  const dated = fields.timestamp === undefined ? { ...fields, timestamp: nowMs } : fields;
  return parseEvent(dated, { nowMs, futureToleranceMs: Number.POSITIVE_INFINITY });
}

function countsOf(counts: Counts): Omit<Counts, 'detail'> {
  const { detail: _detail, ...tokens } = counts;
  return tokens;
}

function resultOf(
  provider: string,
  model: string,
  counts: Pick<AcceptedEvent, (typeof TOKEN_FIELDS)[number]>,
  breakdown: ChargeBreakdown,
): JsonObject {
  const { costPicoUsd, priceId, notCharged } = breakdown;
  return {
    provider,
    model,
    usage: usageOf(counts),
    cost_usd: costPicoUsd === null ? null : formatUsd(costPicoUsd),
    meters: breakdown.meters.map((charge) => ({
      meter: charge.meter,
      quantity: charge.quantity,
      unit_price_usd: charge.unitPriceUsd,
      cost_usd: formatUsd(charge.costPicoUsd),
    })),
    price_source: breakdown.priceSource,
    price_version: breakdown.priceVersion,
    ...(priceId === '' ? {} : { price_id: priceId }),
    unpriced: costPicoUsd === null,
    ...(notCharged.length === 0 ? {} : { not_charged: notCharged }),
  };
}

/** The two totals wherever they are known, and the parts that are not 0. */
function usageOf(counts: Pick<AcceptedEvent, (typeof TOKEN_FIELDS)[number]>): JsonObject {
  const usage: JsonObject = {};
  for (const field of TOKEN_FIELDS) {
    const count = counts[field];
    const isTotal = field === 'input_tokens' || field === 'output_tokens';
    if (count !== null && (isTotal || count > 0)) usage[field] = count;
  }
  return usage;
}

/** A request that failed before it used anything costs nothing, whatever its model. */
function failedResult(provider: string, model: string): JsonObject {
  return {
    provider,
    model,
    usage: {},
    cost_usd: formatUsd(0n),
    meters: [],
    price_source: '',
    price_version: '',
    unpriced: false,
    failed: true,
  };
}

/** What a reader of the result has to know beside the cost. */
function remarksOn(reading: Reading, event: AcceptedEvent, context: LineContext): JsonObject {
  const { state, reportedCostUsd, alsoUsed } = reading;
  return {
    ...(state === 'estimated' ? { estimated: true } : {}),
    ...(state === 'absent' ? { usage_absent: true } : {}),
    ...(reportedCostUsd === '' ? {} : { reported_cost_usd: reportedCostUsd }),
    ...(alsoUsed.length === 0 ? {} : { also_used: alsoUsed.map((used) => priceAlso(used, event, context)) }),
  };
}

function priceAlso({ model, counts }: AlsoUsed, event: AcceptedEvent, { pricer }: LineContext): JsonObject {
  const detail: UsageDetail | undefined = counts.detail ?? undefined;
  const used = { ...event, ...countsOf(counts), model, response_model: '' };
  return resultOf(event.provider, model, used, pricer.explain(used, detail));
}
