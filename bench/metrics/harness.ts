/**
 * What the benchmarks of the metrics client have in common: contenders take turns in
 * short rounds of one process, so that whatever else the machine does hits them
 * alike; the median of the rounds counts.
 */
import { availableParallelism, cpus } from 'node:os';
import { compileFunction } from 'node:vm';

/** Something to be measured. */
export interface Contender {
  readonly name: string;
  /** Does the operation `times` times. */
  readonly run: (times: number) => void;
}

/**
 * A copy of a function that refers to its arguments only. The engine optimises a
 * function for all its callers together; a copy for each contender is optimised for
 * that contender alone, as it is in an application that uses one client.
 */
export function copy<F extends (...args: never[]) => unknown>(original: F): F {
  return (compileFunction(`return ${original.toString()}`) as () => F)();
}

/** A contender that calls `act` with 0, 1, … `count - 1` and again from 0; `count` is a power of two. */
export function inTurn(name: string, count: number, act: (index: number) => void): Contender {
  const loop = copy((act: (index: number) => void, mask: number) => (times: number) => {
    for (let i = 0; i < times; i++) act(i & mask);
  });
  return { name, run: loop(act, count - 1) };
}

/** What was measured of one contender. */
export interface Result {
  readonly name: string;
  /** The median time of one operation, in nanoseconds. */
  readonly ns: number;
  /** Bytes allocated by one operation. */
  readonly bytes: number;
}

const ROUNDS = 61;
const ROUND_NS = 2e6;

/** Measures contenders against each other. */
export function measure(contenders: readonly Contender[]): Result[] {
  const times = contenders.map(calibrate);
  const rounds = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    contenders.forEach(({ run }, index) => {
      const count = times[index]!;
      const begin = process.hrtime.bigint();
      run(count);
      rounds[index]!.push(Number(process.hrtime.bigint() - begin) / count);
    });
  }
  return contenders.map(({ name, run }, index) => ({
    name,
    ns: median(rounds[index]!),
    bytes: allocated(run),
  }));
}

/** Warms a contender up and finds how often it must run to fill a round. */
function calibrate({ run }: Contender): number {
  for (let warm = 0; warm < 20; warm++) run(2000);
  let count = 1000;
  for (;;) {
    const begin = process.hrtime.bigint();
    run(count);
    const ns = Number(process.hrtime.bigint() - begin);
    if (ns >= ROUND_NS / 2 || count >= 1e7) return Math.max(1000, Math.round((count * ROUND_NS) / ns));
    count *= 2;
  }
}

/**
 * Bytes per operation: the median over stretches short enough that no collection
 * falls into most of them, and long enough where little is allocated.
 */
function allocated(run: (times: number) => void): number {
  const rough = allocatedIn(100, run);
  return rough < 16 ? allocatedIn(20_000, run) : rough;
}

function allocatedIn(times: number, run: (times: number) => void): number {
  const stretches: number[] = [];
  for (let stretch = 0; stretch < 101; stretch++) {
    const before = process.memoryUsage().heapUsed;
    run(times);
    stretches.push((process.memoryUsage().heapUsed - before) / times);
  }
  return Math.max(0, median(stretches));
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** Prints results, each with how many times faster the first one is. */
export function printTable(title: string, results: readonly Result[]): void {
  console.log(`\n### ${title}\n`);
  console.log('| way | ns | bytes | times the first |');
  console.log('|---|---:|---:|---:|');
  for (const { name, ns, bytes } of results) {
    console.log(`| ${name} | ${ns.toFixed(1)} | ${bytes.toFixed(0)} | ${(ns / results[0]!.ns).toFixed(1)} |`);
  }
}

/** Throws unless two ways gave the same. */
export function requireSame(what: string, ours: unknown, theirs: unknown): void {
  const a = JSON.stringify(ours);
  const b = JSON.stringify(theirs);
  if (a !== b) throw new Error(`${what} differ:\n${a}\n${b}`);
}

/** The machine, in a line. */
export function machine(): string {
  return `${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown processor'}`;
}
