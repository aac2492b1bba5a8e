/**
 * Turns at the ledger's rows: the loader takes one for each insert, and whatever
 * rewrites rows that are there takes one for as long as nothing may be added.
 * Meanwhile the journal keeps what comes in.
 */

/** Runs `work` when all who came before have finished. */
export type TakeTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Makes turns that are taken in the order in which they are asked for. */
export function makeTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const result = last.then(work);
    // Who fails keeps nobody waiting.
    last = result.catch(() => undefined);
    return result;
  };
}
