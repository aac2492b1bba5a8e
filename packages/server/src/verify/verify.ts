/**
 * Holds the ledger against what else knows the truth: the journal's sums of what it
 * has acknowledged, the live counters, and the rollups made of it. Every difference is named.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { type MetricFamily, OVERFLOW_LABEL_VALUE } from '@bellwether/metrics';
import type { Journal } from '../journal/journal.ts';
import type { JournalStatus } from '../journal/journal-state.ts';
import type { ControlTotals } from '../journal/submission.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { CHARGES, countingCharges, countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { type RatedSums, ratedSums } from '../rerate/rerated-sums.ts';
import type { Rerating } from '../rerate/rerating-store.ts';
import { type Comparison, compare, ROWS_WAITING } from './comparison.ts';
import { arePastRetention } from './past-retention.ts';
import { type LiveSide, readCounted } from './read-counted.ts';
import { totalsUpTo } from './totals-up-to.ts';
import { compareRollups } from './verify-rollups.ts';
import type { VerifiedLedger } from './verified-ledger.ts';

export type { Comparison } from './comparison.ts';

/** How long the ledger may take to catch up before what is pending counts as a difference. */
const SETTLE_MS = 30_000;

/** What a verification found. */
export interface Verification {
  /** True if nothing differs. */
  readonly consistent: boolean;
  readonly events: number;
  readonly comparisons: readonly Comparison[];
}

export interface VerifyOptions {
  readonly ledger: VerifiedLedger;
  readonly journal: Pick<Journal, 'identity' | 'read' | 'status'>;
  /** The re-ratings, which have changed charges since they were accepted. */
  readonly reratings: readonly Rerating[];
  /** The live counters of this life; absent where no server runs. */
  readonly live?: LiveSide;
}

/** Compares journal, ledger and live counters. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { ledger, journal } = options;
  // Events may come in all the while: what is compared ends with the last row of this moment.
  const cut = await journal.status();
  const settled = await ledger.settle(SETTLE_MS);
  const sums = await compareSums(options, cut, settled);
  const status = await journal.status();
  const comparisons = [
    compare(ROWS_WAITING, 0, settled ? 0 : status.pendingRows),
    compare('damaged blocks of the journal', 0, status.damagedBlocks),
    compare('row numbers that the journal never gave out', 0, Math.max(0, sums.lastSeq - status.lastSeq)),
    ...sums.comparisons,
    ...(await compareIdentities(ledger)),
    ...(await compareRollups(ledger.connection)),
  ];
  return { consistent: comparisons.every(({ equal }) => equal), events: cut.totals.events, comparisons };
}

/** What of a state of the journal is compared. */
type Cut = Pick<JournalStatus, 'totalsByDay' | 'lastSeq'>;

/**
 * Holds the ledger against the journal and the live counters. Rows do not come in the order of their numbers, so a row
 * that came after the cut may be below its last number. So where something differs it is looked at again between two
 * inserts, while the ledger holds exactly the blocks up to one.
 */
async function compareSums(options: VerifyOptions, cut: Cut, settled: boolean): Promise<JournalComparison> {
  const { ledger, journal } = options;
  const moving = await compareWith(options, cut);
  const { loader } = ledger;
  if (!settled || loader === null || moving.comparisons.every(({ equal }) => equal)) return moving;
  return loader.between(async (loadedBlock) => {
    const status = await journal.status();
    const totalsByDay = await totalsUpTo(journal, status, loadedBlock);
    return compareWith(options, { totalsByDay, lastSeq: status.lastSeq });
  });
}

async function compareWith(
  { ledger, journal, reratings, live }: VerifyOptions,
  cut: Cut,
): Promise<JournalComparison> {
  const { comparisons, lastSeq } = await compareJournal(ledger, journal.identity.id, cut, reratings);
  const counters = live === undefined ? [] : await compareCounters(ledger, journal, reratings, live);
  return { comparisons: [...comparisons, ...counters], lastSeq };
}

interface DayRow {
  readonly day: string;
  readonly events: number;
  readonly input: string | null;
  readonly output: string | null;
  readonly cost: string | null;
  readonly unpriced: number;
}

// The engine sums 64-bit columns in 64 bits, which some thousand events of the largest counts overflow.
const SUMS = `count() AS events, toString(sum(toUInt128(input_tokens))) AS input,
  toString(sum(toUInt128(output_tokens))) AS output,
  toString(sum(cost_usd)) AS cost, countIf(cost_usd IS NULL) AS unpriced`;

interface JournalComparison {
  readonly comparisons: readonly Comparison[];
  /** The highest row number of the journal that the ledger holds. */
  readonly lastSeq: number;
}

async function compareJournal(
  ledger: VerifiedLedger,
  journalId: string,
  { totalsByDay, lastSeq }: Cut,
  reratings: readonly Rerating[],
): Promise<JournalComparison> {
  const source = `FROM ${LEDGER_DATABASE}.events WHERE journal = {journal:String}`;
  const stored = await readWithKeptDays(ledger.connection, (days) => {
    const [events, charges] = [countingEvents(days), countingCharges(days, true)];
    // Events that are past their retention are charges, which are exact.
    return ledger.connection.query<DayRow>(
      `SELECT toString(arrived) AS day, sum(n) AS events, toString(sum(tokens_in)) AS input,
       toString(sum(tokens_out)) AS output, toString(sum(usd)) AS cost, sum(without_price) AS unpriced FROM (
         SELECT toDate(received_at) AS arrived, toInt64(count()) AS n, toInt128(sum(toUInt128(input_tokens))) AS tokens_in,
           toInt128(sum(toUInt128(output_tokens))) AS tokens_out, sum(cost_usd) AS usd,
           toInt64(countIf(cost_usd IS NULL)) AS without_price
         ${source} AND seq <= {to:UInt64} AND ${events.sql} GROUP BY arrived
         UNION ALL SELECT arrived, events, input_tokens, output_tokens, cost_usd, unpriced
         FROM ${CHARGES} WHERE journal = {journal:String} AND ${charges.sql}
       ) GROUP BY arrived ORDER BY arrived`,
      { journal: journalId, to: lastSeq, ...events.parameters, ...charges.parameters },
    );
  });
  const [newest] = await ledger.connection.query<{ seq: number }>(`SELECT max(seq) AS seq ${source}`, {
    journal: journalId,
  });
  const rows = { journal: journalId, fromSeq: 0, toSeq: lastSeq, live: false };
  const rated = await ratedSums(ledger.connection, reratings, rows);
  const acknowledged = new Map(totalsByDay.map(({ day, totals }) => [day, plus(totals, rated.get(day))]));
  const byDay = new Map(stored.map((row) => [row.day, totalsOf(row)]));
  const days = [...new Set([...acknowledged.keys(), ...byDay.keys()])].toSorted();
  const comparisons = days.flatMap((day) =>
    compareTotals(`journal and ledger, ${day}`, acknowledged.get(day), byDay.get(day)),
  );
  return { comparisons, lastSeq: newest?.seq ?? 0 };
}

async function compareIdentities(ledger: VerifiedLedger): Promise<Comparison[]> {
  const [row] = await ledger.connection.query<{ events: number; identities: number }>(
    `SELECT count() AS events, uniqExact(tenant, id) AS identities FROM ${LEDGER_DATABASE}.events`,
  );
  return [compare('events and distinct identities in the ledger', row?.identities ?? 0, row?.events ?? 0)];
}

/** The families that the ledger can be held against. */
const COUNTERS = [
  'llm_requests_total',
  'llm_tokens_used_total',
  'cost_unpriced_requests_total',
  'llm_cost_usd_total',
];

async function compareCounters(
  ledger: VerifiedLedger,
  journal: VerifyOptions['journal'],
  reratings: readonly Rerating[],
  live: NonNullable<VerifyOptions['live']>,
): Promise<Comparison[]> {
  const { counted, families } = await readCounted(live, COUNTERS);
  if (await arePastRetention(ledger.connection, journal.identity.id, counted)) return [];
  const shown = sumsOf(families);
  const [row] = await ledger.connection.query<DayRow>(
    `SELECT '' AS day, ${SUMS} FROM ${LEDGER_DATABASE}.events
     WHERE journal = {journal:String} AND live AND seq BETWEEN {from:UInt64} AND {to:UInt64}`,
    { journal: journal.identity.id, from: counted.fromSeq, to: counted.toSeq },
  );
  const { fromSeq, toSeq } = counted;
  const rows = { journal: journal.identity.id, fromSeq, toSeq, live: true };
  const rated = await ratedSums(ledger.connection, reratings, rows);
  // The counters have counted the charges that the rows were accepted with.
  const stored = [...rated.values()].reduce<ControlTotals>(minus, totalsOf(row));
  const name = (figure: string): string => `ledger and live counters, ${figure}`;
  return [
    compare(name('requests'), stored.events, shown('llm_requests_total')),
    ...compareTokens(name, stored, shown),
    // The cost pack can be switched off, and then there is nothing to compare.
    ...(live.registry.getSingleMetric('cost_unpriced_requests_total') === undefined
      ? []
      : [compare(name('unpriced requests'), stored.unpriced, shown('cost_unpriced_requests_total'))]),
    // A counter is a double, so money agrees as far as a double can tell.
    compareNear(name('cost USD'), Number(formatUsd(stored.costPicoUsd)), shown('llm_cost_usd_total')),
  ];
}

/** Beyond the bound on series, tokens of all types share one: then only their sum can be compared. */
function compareTokens(
  name: (figure: string) => string,
  { inputTokens, outputTokens }: ControlTotals,
  shown: Shown,
): Comparison[] {
  const family = 'llm_tokens_used_total';
  if (shown(family, OVERFLOW_LABEL_VALUE) > 0) {
    // Each token is counted twice: under its own type, and under `total`.
    return [compareCounter(name('tokens of all types'), 2n * (inputTokens + outputTokens), shown(family))];
  }
  return [
    compareCounter(name('input tokens'), inputTokens, shown(family, 'input')),
    compareCounter(name('output tokens'), outputTokens, shown(family, 'output')),
  ];
}

/** The sum of a family, optionally of one token type. */
type Shown = (family: string, tokenType?: string) => number;

function sumsOf(families: readonly MetricFamily[]): Shown {
  return (name, tokenType) => {
    const family = families.find((candidate) => candidate.samples.some((sample) => sample.name === name));
    const samples = family?.samples.filter(
      (sample) => sample.name === name && (tokenType === undefined || sample.labels.token_type === tokenType),
    );
    return samples?.reduce((sum, sample) => sum + sample.value, 0) ?? 0;
  };
}

function plus(totals: ControlTotals, rated: RatedSums | undefined): ControlTotals {
  if (rated === undefined) return totals;
  const costPicoUsd = totals.costPicoUsd + rated.costPicoUsd;
  return { ...totals, costPicoUsd, unpriced: totals.unpriced + rated.unpriced };
}

function minus(totals: ControlTotals, { costPicoUsd, unpriced }: RatedSums): ControlTotals {
  return plus(totals, { costPicoUsd: -costPicoUsd, unpriced: -unpriced });
}

function compareTotals(
  name: string,
  expected: ControlTotals | undefined,
  actual: ControlTotals | undefined,
): Comparison[] {
  return [
    compare(`${name}, events`, expected?.events ?? 0, actual?.events ?? 0),
    compare(`${name}, input tokens`, expected?.inputTokens ?? 0n, actual?.inputTokens ?? 0n),
    compare(`${name}, output tokens`, expected?.outputTokens ?? 0n, actual?.outputTokens ?? 0n),
    compare(
      `${name}, cost USD`,
      formatUsd(expected?.costPicoUsd ?? 0n),
      formatUsd(actual?.costPicoUsd ?? 0n),
    ),
    compare(`${name}, unpriced events`, expected?.unpriced ?? 0, actual?.unpriced ?? 0),
  ];
}

/** A counter is a double: exact up to 2^53, and beyond that as near as a double can tell. */
function compareCounter(name: string, expected: bigint, actual: number): Comparison {
  return expected <= BigInt(Number.MAX_SAFE_INTEGER)
    ? compare(name, expected, actual)
    : compareNear(name, Number(expected), actual);
}

function compareNear(name: string, expected: number, actual: number): Comparison {
  const equal = Math.abs(expected - actual) <= Math.abs(expected) * 1e-12;
  return { name, expected: String(expected), actual: String(actual), equal };
}

function totalsOf(row: DayRow | undefined): ControlTotals {
  return {
    events: row?.events ?? 0,
    inputTokens: BigInt(row?.input ?? 0),
    outputTokens: BigInt(row?.output ?? 0),
    costPicoUsd: parseUsd(row?.cost ?? '0') ?? 0n,
    unpriced: row?.unpriced ?? 0,
  };
}
