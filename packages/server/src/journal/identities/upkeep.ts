/**
 * The work that turns tables into runs and many runs into few, as generators of
 * small steps. Whatever step the process dies in, the directory holds either all
 * of the old runs or the new one, complete.
 */
import { reading } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { allotFilterChunk } from './filter-allotment.ts';
import type { MemoryTable } from './memory-table.ts';
import { DamagedInputError, MERGE_RUNS_MAX, mergeRuns } from './merge.ts';
import type { MergeBounds } from './merge-plan.ts';
import { planMerge } from './merge-plan.ts';
import type { Run } from './run.ts';
import type { RunSet } from './run-set.ts';
import type { RunIdentity } from './run-writer.ts';
import { buildRun } from './run-writer.ts';
import { appendSorted } from './seal.ts';

/** What the work is done on. */
export interface UpkeepContext {
  readonly files: IdentityFiles;
  readonly runSet: RunSet;
  readonly seed: Uint32Array;
  /** Bytes for filters, which changes while a rebuild takes some of them. */
  filterBytesMax: number;
}

/** Brings the filters that should be in memory there. */
export function* allotFilters(context: UpkeepContext): Generator<void, void, void> {
  while (allotFilterChunk(context.runSet.runs, context.filterBytesMax)) yield;
}

/** Writes the committed entries of a table as the newest run. */
export function* sealTable(
  context: UpkeepContext,
  table: MemoryTable,
  sequence: number,
  highestBlock: number,
): Generator<void, void, void> {
  const { files, runSet, seed } = context;
  const run: RunIdentity = {
    firstArrivalMs: table.firstArrivalMs,
    lastArrivalMs: table.lastArrivalMs,
    firstSequence: sequence,
    lastSequence: sequence,
    highestBlock,
    seed,
  };
  const discard = (unfinished: string) => runSet.discard(unfinished);
  const path = runSet.unfinishedPath(sequence, sequence);
  const built = yield* buildRun(files, path, run, table.committed, discard, (writer) =>
    appendSorted(table, writer),
  );
  if (built !== null) runSet.install(built, []);
}

/**
 * Writes neighbouring runs, or one damaged run, as one run in their place.
 *
 * @param passDamage true to leave out pages that are damaged, false to throw `DamagedInputError`.
 * @returns how many entries were in pages that were left out.
 */
export function* rewriteRuns(
  context: UpkeepContext,
  inputs: readonly Run[],
  passDamage: boolean,
): Generator<void, number, void> {
  const { files, runSet, seed } = context;
  const headers = inputs.map(({ header }) => header);
  const run: RunIdentity = {
    firstArrivalMs: Math.min(...headers.map(({ firstArrivalMs }) => firstArrivalMs)),
    lastArrivalMs: Math.max(...headers.map(({ lastArrivalMs }) => lastArrivalMs)),
    firstSequence: headers[0]!.firstSequence,
    lastSequence: headers.at(-1)!.lastSequence,
    highestBlock: Math.max(...headers.map(({ highestBlock }) => highestBlock)),
    seed,
  };
  const entriesMax = headers.reduce((sum, { entryCount }) => sum + entryCount, 0);
  const discard = (unfinished: string) => runSet.discard(unfinished);
  const path = runSet.unfinishedPath(run.firstSequence, run.lastSequence);
  const built = yield* buildRun(files, path, run, entriesMax, discard, (writer) =>
    mergeRuns(inputs, writer, passDamage),
  );
  if (built === null) return entriesMax;
  // What has lost something is kept until the ledger has made up for it.
  runSet.install(built, inputs, built.filled > 0);
  return built.filled;
}

/** What there is to be done on the runs, one piece after another, until all is well. */
export function* maintainRuns(
  context: UpkeepContext,
  bounds: () => Omit<MergeBounds, 'runsMax'>,
  onRepair: () => void,
): Generator<void, void, void> {
  const { runSet } = context;
  for (;;) {
    yield* allotFilters(context);
    yield* runSet.removal.steps();
    const damaged = runSet.runs.find((run) => run.damage !== null && !run.repairTried);
    const plan = planMerge(
      runSet.runs.map((run) => ({ header: run.header, fixed: runSet.isFixed(run) })),
      { ...bounds(), runsMax: MERGE_RUNS_MAX },
    );
    if (damaged && hasRoomFor(context, [damaged])) {
      damaged.repairTried = true;
      if (yield* rewriteWhole(context, [damaged])) onRepair();
    } else if (plan && hasRoomFor(context, runSet.runs.slice(plan.start, plan.end))) {
      yield* rewriteWhole(context, runSet.runs.slice(plan.start, plan.end));
    } else {
      return;
    }
  }
}

/** True if a merge leaves half of the free disk to the journal: few runs are good, acknowledged events are better. */
function hasRoomFor({ files, runSet }: UpkeepContext, inputs: readonly Run[]): boolean {
  const bytes = inputs.reduce((sum, run) => sum + run.bytes, 0);
  return reading(() => files.freeBytes(runSet.directory)) >= 2 * bytes;
}

/** Writes runs anew if all their pages are sound; else the damaged one is marked and nothing changes. */
function* rewriteWhole(context: UpkeepContext, inputs: readonly Run[]): Generator<void, boolean, void> {
  try {
    yield* rewriteRuns(context, inputs, false);
    return true;
  } catch (error) {
    if (error instanceof DamagedInputError) return false;
    throw error;
  }
}
