/**
 * A process that writes batches to a journal and says of each what became of it, so
 * that errors can be put into its calls of the system. The batches are those that a
 * test can write again.
 */

import { writeSync } from 'node:fs';
import { hashIdentity, hashText } from '../../packages/server/src/journal/identities/index.ts';
import { JournalStore } from '../../packages/server/src/journal/journal-store.ts';
import type { Submission } from '../../packages/server/src/journal/submission.ts';

/** How many batches there are, of three rows each. */
export const BATCHES = 20;
const ROWS = 3;
const ARRIVED_MS = Date.UTC(2026, 10, 20, 12);

/** How the journal of a directory is opened. */
export function optionsOf(directory: string) {
  return { directory, identityWindowMs: 7 * 86_400_000, identityMemoryBytesMax: 8 * 1024 * 1024 };
}

/** The rows of a batch. */
export function submissionOf(store: JournalStore, batch: number): Submission {
  const identities = new Uint32Array(ROWS * 4);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const id = `${batch}-${i}`;
    hashIdentity(store.identity.seed, '', id, identities, i * 4);
    identities[i * 4 + 3] = hashText(store.identity.seed, id);
    return `${JSON.stringify({ id })}\n`;
  });
  return {
    payload: new TextEncoder().encode(lines.join('')),
    identities,
    totals: { events: ROWS, inputTokens: 0n, outputTokens: 0n, costPicoUsd: 0n, unpriced: ROWS },
    arrivedMs: ARRIVED_MS,
    partial: false,
  };
}

if (process.argv[1] === import.meta.filename) run(process.argv[2] ?? '');

function run(directory: string): void {
  const store = new JournalStore(optionsOf(directory));
  for (let batch = 0; batch < BATCHES; batch++) {
    try {
      store.append([submissionOf(store, batch)], (batch + 1) * ROWS);
      writeSync(1, `stored ${batch}\n`);
    } catch {
      writeSync(1, `refused ${batch}\n`);
    }
  }
}
