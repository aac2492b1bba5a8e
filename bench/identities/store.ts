/**
 * What the identity store costs at a size: sealing and merging per identity, a
 * look-up of a new and of a known identity, memory, disk, and the start.
 * Identities arrive in blocks of 1,000 over 180 days, the last of them today.
 *
 * Usage: node bench/identities/store.ts [MILLIONS=1] [DIRECTORY]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTRY_WORDS, openIdentityStore } from '../../packages/server/src/journal/identities/index.ts';
import { printFigure, Stopwatch } from './stopwatch.ts';

const total = Number(process.argv[2] ?? 1) * 1e6;
const directory = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'identities-bench-'));
const DAY_MS = 86_400_000;
const BLOCK = 1000;
const LOOK_UPS = 300_000;
const options = { directory, windowMs: 7 * DAY_MS };

/** The words of identity `number`, as random as a hash and known again by the number. */
function fill(entries: Uint32Array, at: number, number: number): void {
  for (let word = 0; word < 4; word++) {
    let bits = Math.imul(number ^ (word * 0x9e3779b1), 0x85ebca6b) + Math.floor(number / 2 ** 32) + word;
    bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
    bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
    entries[at + word] = bits ^ (bits >>> 15);
  }
}

const block = new Uint32Array(BLOCK * ENTRY_WORDS);

/** Times look-ups of identities that `numberOf` names. */
function timeLookUps(name: string, numberOf: (index: number) => number): void {
  const watch = new Stopwatch();
  for (let done = 0; done < LOOK_UPS; done += BLOCK) {
    for (let entry = 0; entry < BLOCK; entry++) fill(block, entry * ENTRY_WORDS, numberOf(done + entry));
    watch.time(() => store.check(block, 180 * DAY_MS));
    store.rollback();
  }
  watch.printEach(name, LOOK_UPS);
}

const taking = new Stopwatch();
const sealing = new Stopwatch();
const merging = new Stopwatch();
let store = openIdentityStore(options);
for (let number = 0, blockNumber = 0; number < total; number += BLOCK, blockNumber++) {
  for (let entry = 0; entry < BLOCK; entry++) fill(block, entry * ENTRY_WORDS, number + entry);
  taking.time(() => {
    store.check(block, (number / total) * 180 * DAY_MS);
    store.commit(blockNumber);
  });
  if (!store.sealable()) continue;
  for (let marker = sealing.time(() => store.seal(5)); marker === null; ) {
    marker = sealing.time(() => store.seal(5));
  }
  for (let done = merging.time(() => store.maintain(5)); !done && !store.sealable(); ) {
    done = merging.time(() => store.maintain(5));
  }
}
sealing.printEach('sealing, per identity', total);
printFigure('longest slice of 5 ms', sealing.longestMs, 'ms');
merging.printEach('merging, per identity', total);
printFigure('longest slice of 5 ms', merging.longestMs, 'ms');
taking.printEach('taking in, per identity', total);
while (store.sealable()) store.seal();
store.seal();
store.maintain(Number.POSITIVE_INFINITY);
store.close();
const opening = new Stopwatch();
store = opening.time(() => openIdentityStore(options));
printFigure('opening', opening.wallMs, 'ms');
const status = store.status();
printFigure('runs', status.runs, '');
printFigure('disk per identity', status.diskBytes / status.sealedEntries, 'bytes');
printFigure('memory', status.memoryBytes / 2 ** 20, 'MiB');
for (const round of ['first', 'again']) {
  timeLookUps(`look-up, new, ${round}`, (index) => total + index);
  const known = (index: number) => Math.floor((((index * 7919) % LOOK_UPS) / LOOK_UPS) * total);
  timeLookUps(`look-up, known, ${round}`, known);
}
store.close();
if (process.argv[3] === undefined) rmSync(directory, { recursive: true });
