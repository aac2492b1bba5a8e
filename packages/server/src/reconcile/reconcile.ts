/** Holds a provider's bill against the ledger, by model and by day, and says why they differ. */

import { BellwetherError, formatUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { type Bill, type BillItem, type TokenMeter, tokenMeters } from './bill.ts';
import { causesOf, type CauseName, causeNames } from './causes.ts';
import { readLedgerUsage } from './ledger-usage.ts';
import { billedCost, type MatchedModel, matchModels, sumUsage } from './matched.ts';

/** What a side has: the bill, and the ledger. Amounts are exact dollars. */
export interface Sides {
  readonly billed_usd: string;
  readonly recorded_usd: string;
  /** Billed minus recorded. */
  readonly difference_usd: string;
  /** Recorded over billed; null without anything billed. */
  readonly capture_ratio: number | null;
}

/** A part of a difference. */
export interface CauseReport {
  readonly cause: CauseName;
  readonly amount_usd: string;
  readonly certainty: 'shown' | 'likely';
  /** What the cause is, and the figures that it rests on. */
  readonly text: string;
}

/** A model. */
export interface ModelReport extends Sides {
  readonly provider: string;
  /** As the bill names it; empty where it does not. */
  readonly model: string;
  /** The names of it in the ledger. */
  readonly recorded_as: readonly string[];
  readonly requests: number;
  readonly billed_tokens: Readonly<Partial<Record<TokenMeter, number>>>;
  readonly recorded_tokens: Readonly<Record<TokenMeter, number>>;
  /** They add up to the difference; none where the two agree to half a percent. */
  readonly causes: readonly CauseReport[];
}

/** A model on a day. */
export interface DayReport extends Sides {
  readonly day: string;
  readonly provider: string;
  readonly model: string;
}

/** The comparison. */
export interface Reconciliation {
  readonly formats: readonly string[];
  readonly from: string;
  /** The last day, included. */
  readonly to: string;
  readonly lines: number;
  readonly ignored_lines: number;
  /** Usage alone, without adjustments. */
  readonly total: Sides;
  /** Taxes, credits and fees of the bill, which no request causes. */
  readonly adjustments_usd: string;
  /** Most expensive first. */
  readonly models: readonly ModelReport[];
  readonly days: readonly DayReport[];
}

/** Days of one comparison. */
const DAYS_MAX = 400;
const DAY_MS = 86_400_000;

/**
 * Compares.
 *
 * @throws BellwetherError `invalid_parameter` for a bill over too many days, or of days whose events are gone.
 */
export async function reconcile(connection: LedgerConnection, bill: Bill): Promise<Reconciliation> {
  const days = bill.items.map(({ day }) => day).toSorted();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  if (!(Date.parse(last) - Date.parse(first) < DAYS_MAX * DAY_MS))
    throw new BellwetherError('invalid_parameter', `A bill of at most ${DAYS_MAX} days can be compared.`, {
      field: 'items',
    });
  const usage = await readLedgerUsage(connection, { first, last });
  const models = matchModels(bill.items, usage);
  const adjustments = bill.items.filter(({ meter }) => meter === 'adjustment');
  return {
    formats: bill.formats,
    from: first,
    to: last,
    lines: bill.lines,
    ignored_lines: bill.ignored,
    total: sides(
      models.reduce((sum, model) => sum + billedCost(model), 0n),
      models.reduce((sum, model) => sum + recordedCost(model), 0n),
    ),
    adjustments_usd: formatUsd(billedCost({ items: adjustments })),
    models: models.toSorted((a, b) => Number(sizeOf(b) - sizeOf(a))).map((model) => modelReport(model)),
    days: models
      .flatMap((model) => dayReports(model))
      .toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)),
  };
}

function modelReport(model: MatchedModel): ModelReport {
  const { provider, model: name, recordedAs, usage, billed } = model;
  return {
    provider,
    model: name,
    recorded_as: recordedAs,
    requests: Number(sumUsage(usage, ({ requests }) => requests)),
    ...sides(billedCost(model), recordedCost(model)),
    billed_tokens: Object.fromEntries(
      [...billed].flatMap(([meter, { tokens }]) => (tokens === null ? [] : [[meter, Number(tokens)]])),
    ),
    recorded_tokens: Object.fromEntries(
      tokenMeters.map((meter) => [meter, Number(sumUsage(usage, ({ tokens }) => tokens[meter]))]),
    ) as Record<TokenMeter, number>,
    causes: causesOf(model).map(({ cause, picoUsd, certainty, detail }) => ({
      cause,
      amount_usd: formatUsd(picoUsd),
      certainty,
      text: `${causeNames[cause]} (${detail})`,
    })),
  };
}

function dayReports(model: MatchedModel): DayReport[] {
  const days = new Map<string, { billed: BillItem[]; recorded: bigint }>();
  const at = (day: string): { billed: BillItem[]; recorded: bigint } => {
    const known = days.get(day) ?? { billed: [], recorded: 0n };
    days.set(day, known);
    return known;
  };
  for (const item of model.items) at(item.day).billed.push(item);
  for (const { day, costPicoUsd } of model.usage) at(day).recorded += costPicoUsd;
  return [...days].map(([day, { billed, recorded }]) => ({
    day,
    provider: model.provider,
    model: model.model,
    ...sides(billedCost({ items: billed }), recorded),
  }));
}

function recordedCost({ usage }: MatchedModel): bigint {
  return sumUsage(usage, ({ costPicoUsd }) => costPicoUsd);
}

function sizeOf(model: MatchedModel): bigint {
  const [billed, recorded] = [billedCost(model), recordedCost(model)];
  return billed > recorded ? billed : recorded;
}

function sides(billed: bigint, recorded: bigint): Sides {
  return {
    billed_usd: formatUsd(billed),
    recorded_usd: formatUsd(recorded),
    difference_usd: formatUsd(billed - recorded),
    capture_ratio: billed <= 0n ? null : Number((recorded * 1_000_000n) / billed) / 1_000_000,
  };
}
