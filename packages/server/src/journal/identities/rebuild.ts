/**
 * Rebuilds what damaged runs have lost from the rows of the ledger: the sound
 * pages of a damaged run are written anew, every row that no run knows is added,
 * and only when all that is durable are the damaged files removed. It can be
 * broken off anywhere and begun again, since it adds nothing twice.
 */
import { ENTRY_WORDS } from './entry.ts';
import type { HashSeed } from './hash.ts';
import { hashIdentity } from './hash.ts';
import type { MemoryTable } from './memory-table.ts';
import type { Tables } from './tables.ts';
import type { UpkeepContext } from './upkeep.ts';
import { allotFilters, rewriteRuns, sealTable } from './upkeep.ts';
import { verifyRun } from './verify.ts';

/** An identity as the ledger has it. */
export interface LedgerIdentity {
  readonly tenant: string;
  readonly id: string;
  /** The payload's fingerprint, made as it was when the event arrived; 0 if it is not known, which any payload matches. */
  readonly fingerprint: number;
  readonly arrivalMs: number;
}

/** What a rebuild has done so far. */
export interface RebuildReport {
  /** Rows that were read. */
  rows: number;
  /** Identities that were missing and were added. */
  added: number;
  /** Identities in pages of damaged runs that could not be read. */
  lost: number;
}

/** What a rebuild works on. */
export interface RebuildContext {
  readonly upkeep: UpkeepContext;
  readonly hashSeed: HashSeed;
  readonly tables: Tables;
  /** Rows whose arrivals are this far apart do not share a run. */
  readonly partitionMs: number;
  /** Called with the table of what was added and is not sealed yet; `null` at the end. */
  readonly onTable: (table: MemoryTable | null) => void;
  /** Makes room for another run. */
  readonly relieve: () => Generator<void, void, void>;
}

const ROWS_PER_STEP = 256;

/** The steps of a rebuild, of rows or of `null` while there are none yet; it yields its report, which goes on being updated, after each. */
export function* rebuildRuns(
  context: RebuildContext,
  rows: Iterable<LedgerIdentity | null>,
): Generator<Readonly<RebuildReport>, Readonly<RebuildReport>, void> {
  const report: RebuildReport = { rows: 0, added: 0, lost: 0 };
  const { upkeep, tables } = context;
  const { runSet } = upkeep;
  // All damage is found first: a run that were found damaged among the rows would
  // have been taken for sound by the rows before.
  for (const run of runSet.runs.slice()) yield* reporting(verifyRun(run), report);
  for (const damaged of runSet.runs.filter((run) => run.damage !== null)) {
    report.lost += yield* reporting(rewriteRuns(upkeep, [damaged], true), report);
  }
  const replaced = runSet.quarantined.map(({ name }) => name);
  const table = tables.make();
  const sealOne = function* () {
    yield* context.relieve();
    yield* sealTable(upkeep, table, runSet.takeSequence(), -1);
    table.clear();
    yield* allotFilters(upkeep);
  };
  context.onTable(table);
  try {
    const entry = new Uint32Array(ENTRY_WORDS);
    for (const row of rows) {
      if (row === null) {
        yield report;
        continue;
      }
      if (!Number.isFinite(row.arrivalMs)) throw new RangeError(`${row.arrivalMs} is no time of arrival`);
      const apart = row.arrivalMs - table.firstArrivalMs >= context.partitionMs;
      const full = table.count === table.entriesMax;
      if (full || apart || table.lastArrivalMs - row.arrivalMs >= context.partitionMs) {
        yield* reporting(sealOne(), report);
      }
      hashIdentity(context.hashSeed, row.tenant, row.id, entry, 0);
      entry[3] = row.fingerprint;
      if (!isKnown(context, table, entry)) {
        table.stage(entry[0]!, entry[1]!, entry[2]!, entry[3]);
        table.commit(-1, row.arrivalMs);
        report.added++;
      }
      report.rows++;
      if (report.rows % ROWS_PER_STEP === 0) yield report;
    }
    yield* reporting(sealOne(), report);
    runSet.removeQuarantined(replaced);
  } finally {
    context.onTable(null);
  }
  return report;
}

/** Runs steps that yield nothing as steps that yield the report. */
function* reporting<T>(
  steps: Generator<void, T, void>,
  report: RebuildReport,
): Generator<RebuildReport, T, void> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield report;
    }
  } finally {
    steps.return(undefined as T);
  }
}

/** True if a table or a run that stays has the identity; the damaged ones do not stay. */
function isKnown({ tables, upkeep }: RebuildContext, table: MemoryTable, entry: Uint32Array): boolean {
  const [h0, h1, h2] = [entry[0]!, entry[1]!, entry[2]!];
  if (tables.has(entry, 0) || table.find(h0, h1, h2) >= 0) return true;
  return upkeep.runSet.runs.some((run) => run.damage === null && run.look(h0, h1, h2) >= 0);
}
