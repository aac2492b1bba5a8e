/**
 * What the identity store costs at a size: sealing and merging per identity, a
 * look-up of a new and of a known identity, memory, disk, and the start.
 * Identities arrive in blocks of 1,000 over 180 days, the last of them today.
 *
 * Usage: node bench/identities/store.bench.ts [MILLIONS=1] [DIRECTORY]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IdentityStore } from '../../packages/server/src/journal/identities/index.ts';
import { ENTRY_WORDS, openIdentityStore } from '../../packages/server/src/journal/identities/index.ts';

const total = Number(process.argv[2] ?? 1) * 1e6;
const directory = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'identities-bench-'));
const DAY_MS = 86_400_000;
const BLOCK = 1000;
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

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function line(name: string, value: number, unit: string): void {
  console.log(`${name.padEnd(52)} ${value.toFixed(value < 100 ? 2 : 0).padStart(10)} ${unit}`);
}

/** Nanoseconds for each of `count` look-ups of identities that `numberOf` names. */
function lookUpNs(store: IdentityStore, count: number, numberOf: (index: number) => number): number {
  let spentMs = 0;
  for (let done = 0; done < count; done += BLOCK) {
    for (let entry = 0; entry < BLOCK; entry++) fill(block, entry * ENTRY_WORDS, numberOf(done + entry));
    const started = performance.now();
    store.check(block, 180 * DAY_MS);
    store.rollback();
    spentMs += performance.now() - started;
  }
  return (spentMs * 1e6) / count;
}

const spent = { check: 0, seal: 0, maintain: 0 };
const longest = { seal: 0, maintain: 0 };
let store = openIdentityStore(options);

function sealSlice(): unknown {
  const started = performance.now();
  const marker = store.seal(5);
  const tookMs = performance.now() - started;
  spent.seal += tookMs / 1000;
  longest.seal = Math.max(longest.seal, tookMs);
  return marker;
}

function maintainSlice(): boolean {
  const started = performance.now();
  const done = store.maintain(5);
  const tookMs = performance.now() - started;
  spent.maintain += tookMs / 1000;
  longest.maintain = Math.max(longest.maintain, tookMs);
  return done;
}

for (let number = 0, block_ = 0; number < total; number += BLOCK, block_++) {
  for (let entry = 0; entry < BLOCK; entry++) fill(block, entry * ENTRY_WORDS, number + entry);
  spent.check += seconds(() => {
    store.check(block, (number / total) * 180 * DAY_MS);
    store.commit(block_);
  });
  if (store.sealable()) {
    for (let marker = sealSlice(); marker === null; ) marker = sealSlice();
    for (let done = maintainSlice(); !done && !store.sealable(); ) done = maintainSlice();
  }
}
spent.seal += seconds(() => store.seal());
spent.maintain += seconds(() => store.maintain(Number.POSITIVE_INFINITY));
line('taking in, per identity', (spent.check * 1e9) / total, 'ns');
line('sealing, per identity', (spent.seal * 1e9) / total, 'ns');
line('merging, per identity', (spent.maintain * 1e9) / total, 'ns');
line('longest slice of 5 ms: sealing', longest.seal, 'ms');
line('longest slice of 5 ms: merging', longest.maintain, 'ms');
store.close();
line(
  'opening',
  seconds(() => {
    store = openIdentityStore(options);
  }) * 1000,
  'ms',
);
const status = store.status();
line('runs', status.runs, '');
line('disk per identity', status.diskBytes / status.sealedEntries, 'bytes');
line('memory', status.memoryBytes / 2 ** 20, 'MiB');
const LOOK_UPS = 300_000;
for (const round of ['first', 'again']) {
  line(
    `look-up, new, ${round}`,
    lookUpNs(store, LOOK_UPS, (index) => total + index),
    'ns',
  );
  const known = (index: number) => Math.floor((((index * 7919) % LOOK_UPS) / LOOK_UPS) * total);
  line(`look-up, known, ${round}`, lookUpNs(store, LOOK_UPS, known), 'ns');
}
store.close();
if (process.argv[3] === undefined) rmSync(directory, { recursive: true });
