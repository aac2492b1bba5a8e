/** Takes up the state of the server's last life, as far as its counting can be continued. */

import type { BudgetDefinition } from '../config/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Budget } from './budget.ts';
import type { BudgetState } from './budget-state.ts';

/** How a declared budget differs from the last start. */
export interface DefinitionChange {
  readonly budget: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** As it is now; `null` if it is no more. */
  readonly definition: BudgetDefinition | null;
}

/** Where counting goes on. */
export interface Resumed {
  /** The last block that is counted. */
  readonly block: number;
  /** From when on the sums are complete, for the budgets whose sums can be continued. */
  readonly completeFrom: ReadonlyMap<string, number>;
  readonly changes: readonly DefinitionChange[];
}

/** Shapes that no budget has yet are kept with this, which no instant reaches. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Reads how far was counted, and brings the state in line with the declared budgets. */
export function resume(
  state: BudgetState,
  budgets: ReadonlyMap<string, Budget>,
  journal: Journal,
  { loadedBlock, rewrites }: { readonly loadedBlock: number; readonly rewrites: string },
): Resumed {
  const progress = state.progress();
  // The journal forgets what is loaded: behind that there is no going on. Ahead of it, the journal has lost its end.
  const continued =
    progress?.journal === journal.identity.id &&
    progress.block >= loadedBlock &&
    progress.block <= journal.lastBlock &&
    progress.rewrites === rewrites;
  const block = continued ? progress.block : loadedBlock;
  const stored = new Map(state.shapes().map((shape) => [shape.budget, shape]));
  const completeFrom = new Map<string, number>();
  const changes: DefinitionChange[] = [];
  for (const [id, { definition, shape, amountPicoUsd }] of budgets) {
    const before = stored.get(id);
    stored.delete(id);
    const isTracker = amountPicoUsd === null;
    if (!isTracker && before?.definition !== JSON.stringify(definition))
      changes.push({ budget: id, change: before === undefined ? 'added' : 'changed', definition });
    if (continued && before?.shape === shape && before.completeFromMs !== NEVER_MS)
      completeFrom.set(id, before.completeFromMs);
  }
  for (const id of stored.keys()) {
    if (!id.startsWith('.')) changes.push({ budget: id, change: 'removed', definition: null });
  }
  state.write(() => {
    for (const id of stored.keys()) state.dropBudget(id);
    for (const [id, { definition, shape }] of budgets) {
      const completeFromMs = completeFrom.get(id) ?? NEVER_MS;
      state.setShape({ budget: id, shape, completeFromMs, definition: JSON.stringify(definition) });
    }
    // Events that nobody counted here may be ones that were awaited.
    if (!continued) doubtHeld(state);
    state.setProgress({ journal: journal.identity.id, block, rewrites });
  });
  return { block, completeFrom, changes };
}

/** Notes of every reservation with an event that this may have come unseen. */
export function doubtHeld(state: BudgetState): void {
  for (const held of [...state.held()].filter(({ requestId }) => requestId !== null))
    state.put({ ...held, unchecked: true });
}
