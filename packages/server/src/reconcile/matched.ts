/** Bill and ledger side by side: each model of the bill with the requests that must be meant by it. */

import { type BillItem, type TokenMeter, tokenMeters } from './bill.ts';
import type { LedgerUsage } from './ledger-usage.ts';
import { modelKey } from './model-names.ts';

/** What a bill charges for a meter of a model. */
export interface BilledMeter {
  readonly costPicoUsd: bigint;
  /** Null if the bill does not give them. */
  readonly tokens: bigint | null;
}

/** A model of the bill, of the ledger, or of both. */
export interface MatchedModel {
  readonly provider: string;
  /** As the bill writes it, or the ledger if the bill does not have it; empty where the bill names no models. */
  readonly model: string;
  /** The ledger's names for it. */
  readonly recordedAs: readonly string[];
  /** Lines of the bill; none if it does not have the model. */
  readonly items: readonly BillItem[];
  /** Rows of the ledger. */
  readonly usage: readonly LedgerUsage[];
  /** The token meters of the bill. */
  readonly billed: ReadonlyMap<TokenMeter, BilledMeter>;
}

interface Found {
  readonly items: BillItem[];
  readonly usage: LedgerUsage[];
}

/** Brings both sides together. Requests to providers that the bill is not of are left out. */
export function matchModels(items: readonly BillItem[], usage: readonly LedgerUsage[]): MatchedModel[] {
  const charges = items.filter(({ meter }) => meter !== 'adjustment');
  const providers = new Set(charges.map(({ provider }) => provider));
  const naming = new Set(charges.filter(({ model }) => model !== '').map(({ provider }) => provider));
  const found = new Map<string, Found>();
  const at = (provider: string, model: string): Found => {
    const key = JSON.stringify([provider, naming.has(provider) ? modelKey(model) : '']);
    const known = found.get(key) ?? { items: [], usage: [] };
    found.set(key, known);
    return known;
  };
  for (const item of charges) at(item.provider, item.model).items.push(item);
  for (const row of usage) if (providers.has(row.provider)) at(row.provider, row.model).usage.push(row);
  return [...found.values()].map(({ items: lines, usage: rows }) => {
    const recordedAs = [...new Set(rows.map(({ model }) => model))].toSorted();
    const provider = lines[0]?.provider ?? rows[0]?.provider ?? '';
    const model = lines[0]?.model ?? (naming.has(provider) ? (recordedAs[0] ?? '') : '');
    return { provider, model, recordedAs, items: lines, usage: rows, billed: billedMeters(lines) };
  });
}

function billedMeters(items: readonly BillItem[]): Map<TokenMeter, BilledMeter> {
  const sums = new Map<TokenMeter, BilledMeter>();
  for (const meter of tokenMeters) {
    const own = items.filter((item) => item.meter === meter);
    if (own.length === 0) continue;
    sums.set(meter, {
      costPicoUsd: own.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n),
      tokens: own.some(({ tokens }) => tokens !== null)
        ? own.reduce((sum, { tokens }) => sum + (tokens ?? 0n), 0n)
        : null,
    });
  }
  return sums;
}

/** What the bill charges for the model in all. */
export function billedCost({ items }: Pick<MatchedModel, 'items'>): bigint {
  return items.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
}

/** A sum over the ledger's rows. */
export function sumUsage(usage: readonly LedgerUsage[], of: (row: LedgerUsage) => bigint): bigint {
  return usage.reduce((sum, row) => sum + of(row), 0n);
}
