/**
 * What a look-up costs among many identities. The runs are written directly, in
 * the sizes that the merge plan arrives at after 180 days of even traffic, since
 * taking a billion identities in one by one takes an hour; the look-ups are real.
 *
 * Usage: node bench/identities/large.ts [MILLIONS=100] [MEMORY_MIB=96] [DIRECTORY]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '../../packages/server/src/journal/identities/file-system.ts';
import type { IdentityStore } from '../../packages/server/src/journal/identities/index.ts';
import { ENTRY_WORDS, openIdentityStore } from '../../packages/server/src/journal/identities/index.ts';
import type { MergeCandidate } from '../../packages/server/src/journal/identities/merge-plan.ts';
import { planMerge } from '../../packages/server/src/journal/identities/merge-plan.ts';
import { RunSet } from '../../packages/server/src/journal/identities/run-set.ts';
import type { RunWriter } from '../../packages/server/src/journal/identities/run-writer.ts';
import { buildRun } from '../../packages/server/src/journal/identities/run-writer.ts';
import { printFigure, Stopwatch } from './stopwatch.ts';

const total = Number(process.argv[2] ?? 100) * 1e6;
const memoryBytesMax = Number(process.argv[3] ?? 96) * 2 ** 20;
const directory = process.argv[4] ?? mkdtempSync(join(tmpdir(), 'identities-bench-'));
const DAY_MS = 86_400_000;
const DAYS = 180;
const BLOCK = 1000;
const LOOK_UPS = 300_000;
const windowMs = 7 * DAY_MS;

/** The runs there are after 180 days of eight seals each. */
function runsAfterDays(): MergeCandidate[] {
  const runs: MergeCandidate[] = [];
  for (let seal = 0; seal < DAYS * 8; seal++) {
    const firstArrivalMs = (seal / 8) * DAY_MS;
    const lastArrivalMs = firstArrivalMs + DAY_MS / 8 - 1;
    runs.push({ header: { entryCount: total / (DAYS * 8), firstArrivalMs, lastArrivalMs }, fixed: false });
    for (;;) {
      const bounds = {
        nowMs: lastArrivalMs,
        windowMs,
        partitionMs: DAY_MS,
        mergeSpanMs: 90 * DAY_MS,
        runsMax: 16,
      };
      const plan = planMerge(runs, bounds);
      if (plan === null) break;
      const merged = runs.slice(plan.start, plan.end).map(({ header }) => header);
      const header = {
        entryCount: merged.reduce((sum, { entryCount }) => sum + entryCount, 0),
        firstArrivalMs: merged[0]!.firstArrivalMs,
        lastArrivalMs: merged.at(-1)!.lastArrivalMs,
      };
      runs.splice(plan.start, merged.length, { header, fixed: false });
    }
  }
  return runs;
}

const known = new Uint32Array(LOOK_UPS * ENTRY_WORDS);
let knownCount = 0;
let written = 0;

/** Appends about `count` uniform hashes in order, and remembers some of them. */
function* appendUniform(writer: RunWriter, count: number): Generator<void, void, void> {
  const meanGap = 2 ** 52 / count;
  const stride = Math.ceil(total / LOOK_UPS);
  for (let position = 0; ; ) {
    position += 1 + Math.floor(-Math.log(1 - Math.random()) * meanGap);
    if (position >= 2 ** 52 || writer.entryCount >= count * 1.01) return;
    const h0 = Math.floor(position / 2 ** 20);
    const h1 = ((position % 2 ** 20) * 4096 + Math.floor(Math.random() * 4096)) >>> 0;
    const h2 = Math.floor(Math.random() * 2 ** 32);
    writer.append(h0, h1, h2, written & 0xff);
    if (written % stride === 0 && knownCount < LOOK_UPS) {
      known.set([h0, h1, h2, written & 0xff], knownCount * ENTRY_WORDS);
      knownCount++;
    }
    written++;
    if (written % 100_000 === 0) yield;
  }
}

function build(): void {
  // Opened once for the seed that the runs have to carry.
  const first = openIdentityStore({ directory, windowMs, memoryBytesMax });
  const { words: seed } = first.seed;
  first.close();
  const runSet = new RunSet({ directory, files: nodeFiles, cachePages: 1 });
  for (const { header } of runsAfterDays()) {
    const sequence = runSet.takeSequence();
    const path = runSet.unfinishedPath(sequence, sequence);
    const run = { ...header, firstSequence: sequence, lastSequence: sequence, highestBlock: sequence, seed };
    const discard = (unfinished: string) => runSet.discard(unfinished);
    const entriesMax = Math.ceil(header.entryCount * 1.01);
    const steps = buildRun(nodeFiles, path, run, entriesMax, discard, (writer) =>
      appendUniform(writer, header.entryCount),
    );
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    if (step.value) runSet.install(step.value, []);
  }
  runSet.close();
}

/** Times look-ups of blocks that `fill` makes. */
function timeLookUps(
  store: IdentityStore,
  name: string,
  fill: (block: Uint32Array, first: number) => void,
): void {
  const block = new Uint32Array(BLOCK * ENTRY_WORDS);
  const watch = new Stopwatch();
  const count = knownCount - (knownCount % BLOCK);
  for (let first = 0; first < count; first += BLOCK) {
    fill(block, first);
    watch.time(() => store.check(block, DAYS * DAY_MS));
    store.rollback();
  }
  watch.printEach(name, count);
}

mkdirSync(directory, { recursive: true });
const building = new Stopwatch();
building.time(build);
printFigure('written directly', written / 1e6, 'million identities');
building.printEach('writing, per identity', written);
const opening = new Stopwatch();
const store = opening.time(() => openIdentityStore({ directory, windowMs, memoryBytesMax }));
printFigure('opening', opening.wallMs, 'ms');
const status = store.status();
printFigure('runs', status.runs, '');
printFigure('disk', status.diskBytes / 2 ** 30, 'GiB');
printFigure('disk per identity', status.diskBytes / written, 'bytes');
printFigure('memory', status.memoryBytes / 2 ** 20, 'MiB');
for (const round of ['first', 'again']) {
  timeLookUps(store, `look-up, new, ${round}`, (block) => {
    for (let word = 0; word < block.length; word++) block[word] = Math.random() * 2 ** 32;
  });
  timeLookUps(store, `look-up, known, ${round}`, (block, first) => {
    // Far apart, as re-sent identities are: neighbours would share pages.
    for (let entry = 0; entry < BLOCK; entry++) {
      const from = (((first + entry) * 7919) % knownCount) * ENTRY_WORDS;
      block.set(known.subarray(from, from + ENTRY_WORDS), entry * ENTRY_WORDS);
    }
  });
}
if (store.status().uncertain > 0) throw new Error('a run is damaged');
store.close();
if (process.argv[4] === undefined) rmSync(directory, { recursive: true });
