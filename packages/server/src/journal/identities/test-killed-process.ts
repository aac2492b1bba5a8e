/**
 * A process to be killed: it takes identities in, keeps them in a journal file as
 * the real journal does in SQLite, seals, merges, and says on standard output
 * which block is safe. Only `kill.test.ts` starts it.
 *
 * Usage: node test-killed-process.ts DIRECTORY FIRST_BLOCK
 */
import { fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_WORDS } from './entry.ts';
import { hashIdentity } from './hash.ts';
import { openIdentityStore } from './store.ts';
import type { KillTestBlock } from './kill.test.ts';

const directory = process.argv[2]!;
const firstBlock = Number(process.argv[3]);
const ENTRIES_PER_BLOCK = 50;
const DAY_MS = 86_400_000;

const store = openIdentityStore({
  directory: join(directory, 'identities'),
  windowMs: 7 * DAY_MS,
  tableEntriesMax: 1024,
  memoryBytesMax: 4 * 2 ** 20,
});
const journalPath = join(directory, 'journal.ndjson');
for (const line of readFileSync(journalPath, 'utf8').split('\n').filter(Boolean)) {
  const { block, arrivalMs, entries }: KillTestBlock = JSON.parse(line);
  store.restore(Uint32Array.from(entries), arrivalMs, block);
}
const journal = openSync(journalPath, 'a');

for (let block = firstBlock; ; block++) {
  const entries = new Uint32Array(ENTRIES_PER_BLOCK * ENTRY_WORDS);
  for (let index = 0; index < ENTRIES_PER_BLOCK; index++) {
    hashIdentity(store.seed, 't', `x-${block}-${index}`, entries, index * ENTRY_WORDS);
    entries[index * ENTRY_WORDS + 3] = block;
  }
  store.check(entries, block * 60_000);
  const record: KillTestBlock = { block, arrivalMs: block * 60_000, entries: [...store.stagedEntries()] };
  writeSync(journal, `${JSON.stringify(record)}\n`);
  fdatasyncSync(journal);
  store.commit(block);
  writeSync(1, `accepted ${block}\n`);
  if (store.sealable()) {
    const marker = store.seal(1);
    if (marker) writeSync(1, `sealed ${marker.sealedBlock}\n`);
  }
  store.maintain(1);
}
