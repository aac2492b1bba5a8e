/**
 * Holds the live counters against the rows of the ledger that they have counted,
 * family by family and series by series. Nothing is tolerated where counts and money
 * are exact; 99 % is what is asked of the whole.
 */

import { formatUsd, type PicoUsd } from '@bellwether/events';
import type { Registry } from '@bellwether/metrics';
import type { Journal } from '../journal/journal.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import type { Counted } from '../live/live-counters.ts';
import { ratedSums } from '../rerate/rerated-sums.ts';
import type { Rerating } from '../rerate/rerating-store.ts';
import { type CheckedFamily, checkedFamilies } from './accuracy-families.ts';
import { compareFamily, type FamilyAccuracy, type LedgerGroup } from './compare-family.ts';
import { arePastRetention } from './past-retention.ts';
import { readCounted } from './read-counted.ts';
import type { VerifiedLedger } from './verified-ledger.ts';

export type { FamilyAccuracy } from './compare-family.ts';

/** What is asked of the mean accuracy of all families. */
export const ACCURACY_ASKED = 0.99;

/** What a validation found. */
export interface Accuracy {
  /** True if nothing differs. */
  readonly exact: boolean;
  /** The mean accuracy of the families, 0 to 1; 1 where there is nothing to compare. */
  readonly accuracy: number;
  readonly asked: number;
  /** Whether it is at least what is asked. */
  readonly sufficient: boolean;
  /** Rows that the counters have counted since the server started. */
  readonly rows: number;
  readonly families: readonly FamilyAccuracy[];
}

/** What is compared. */
export interface AccuracyOptions {
  readonly ledger: VerifiedLedger;
  readonly journal: Pick<Journal, 'identity'>;
  readonly reratings: readonly Rerating[];
  readonly registry: Registry;
  readonly counted: () => Counted;
  /** What requests are worth and cost that do not say so. */
  readonly defaults: { readonly revenuePerRequest: PicoUsd; readonly costPerRequest: PicoUsd };
}

/** How long the ledger may take to catch up. */
const SETTLE_MS = 30_000;
/** Series of a family that are compared one by one. */
const GROUPS_MAX = 100_000;

/**
 * Compares every family that is recorded. Rows do not come in the order of their numbers: one that has not been counted
 * yet may lie between those that were. So where something differs it is looked at again between two inserts.
 */
export async function validateAccuracy(options: AccuracyOptions): Promise<Accuracy> {
  const { ledger } = options;
  const settled = await ledger.settle(SETTLE_MS);
  const moving = await compareFamilies(options);
  return moving.exact || !settled || ledger.loader === null
    ? moving
    : ledger.loader.between(() => compareFamilies(options));
}

async function compareFamilies(options: AccuracyOptions): Promise<Accuracy> {
  const { ledger, journal, reratings, registry, defaults } = options;
  const { counted, families } = await readCounted(
    { registry, counted: options.counted },
    checkedFamilies.map(({ sample }) => familyOf(sample)),
  );
  if (await arePastRetention(ledger.connection, journal.identity.id, counted))
    return { exact: true, accuracy: 1, asked: ACCURACY_ASKED, sufficient: true, rows: 0, families: [] };
  const rows = { journal: journal.identity.id, fromSeq: counted.fromSeq, toSeq: counted.toSeq, live: true };
  const rated = [...(await ratedSums(ledger.connection, reratings, rows)).values()];
  const addedUsd = Number(formatUsd(rated.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n)));
  const addedUnpriced = rated.reduce((sum, { unpriced }) => sum + unpriced, 0);
  const corrections = {
    cost: addedUsd,
    unpriced: addedUnpriced,
    business_cost: addedUsd + addedUnpriced * Number(formatUsd(defaults.costPerRequest)),
  };
  const compared: FamilyAccuracy[] = [];
  for (const checked of checkedFamilies) {
    // A pack that is switched off is not exposed, and there is nothing to compare.
    if (registry.getSingleMetric(familyOf(checked.sample)) === undefined) continue;
    const shown = families.find(({ name }) => bareName(name) === bareName(familyOf(checked.sample)));
    if (shown === undefined) throw new Error(`The family of ${checked.sample} is recorded and not exposed.`);
    const groups = counted.rows === 0 ? [] : await readGroups(options, checked, counted);
    const { rerated } = checked;
    const correction = rerated === undefined || rated.length === 0 ? null : corrections[rerated];
    compared.push(compareFamily(checked, shown, groups, correction));
  }
  const accuracy =
    compared.length === 0 ? 1 : compared.reduce((sum, each) => sum + each.accuracy, 0) / compared.length;
  return {
    exact: compared.every(({ equal }) => equal),
    accuracy,
    asked: ACCURACY_ASKED,
    sufficient: accuracy >= ACCURACY_ASKED,
    rows: counted.rows,
    families: compared,
  };
}

/** The family that a sample is of: those of a histogram have an ending. */
function familyOf(sample: string): string {
  return sample.replace(/_(?:count|sum)$/, '');
}

/** Counters are exposed under names with and without their ending. */
function bareName(name: string): string {
  return name.replace(/_total$/, '');
}

async function readGroups(
  { ledger, journal, defaults }: AccuracyOptions,
  { labels, value, where = '1' }: CheckedFamily,
  { fromSeq, toSeq }: Counted,
): Promise<LedgerGroup[]> {
  const names = Object.keys(labels);
  const keys = Object.entries(labels).map(([name, sql]) => `${sql} AS ${aliasOf(name)}`);
  const rows = await ledger.connection.query<Readonly<Record<string, string>>>(
    `SELECT ${keys.join(', ')}, ${value} AS total
     FROM ${LEDGER_DATABASE}.events
     WHERE journal = {journal:String} AND live AND seq BETWEEN {from:UInt64} AND {to:UInt64} AND ${where}
     GROUP BY ${names.map(aliasOf).join(', ')} LIMIT ${GROUPS_MAX}`,
    {
      journal: journal.identity.id,
      from: fromSeq,
      to: toSeq,
      ...(value.includes('revenue_default')
        ? { revenue_default: formatUsd(defaults.revenuePerRequest) }
        : {}),
      ...(value.includes('cost_default') ? { cost_default: formatUsd(defaults.costPerRequest) } : {}),
    },
  );
  return rows.map((row) => ({
    labels: names.map((name) => row[aliasOf(name)] ?? ''),
    value: row['total'] ?? '0',
  }));
}

/** A name of its own, so that a label does not hide the column of the same name. The declarations know it. */
function aliasOf(label: string): string {
  return `label_${label}`;
}
