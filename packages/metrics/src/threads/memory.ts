/**
 * The memory that threads share: one shard per thread. A thread writes into its own
 * shard only, so that recording needs no lock and no increment can be lost; whoever
 * exposes the metrics reads all shards. Each shard has a log, which says what its
 * values mean, and the values themselves.
 */
import { MetricsError } from '../errors.ts';

/** How much memory threads share. */
export interface SharedMemoryOptions {
  /** The most threads that record at the same time; 8 by default. */
  readonly threadsMax?: number;
  /** Memory per thread; 1 MiB by default, enough for some thousand series. */
  readonly bytesPerThread?: number;
}

const MAGIC = 0x42_57_4d_31;
const HEADER_BYTES = 16;
const CONTROL_BYTES = 16;
/** Fields of the control block of a shard, as indices of 32-bit integers. */
const OWNER = 0;
const LOG_BYTES = 1;
/** The part of a shard that is for the log. */
const LOG_SHARE = 0.4;

/** Memory for the metrics of several threads, to be handed to them as `workerData`. */
export function createSharedMemory(options: SharedMemoryOptions = {}): SharedArrayBuffer {
  const { threadsMax = 8, bytesPerThread = 1 << 20 } = options;
  require('threadsMax', threadsMax, 1);
  require('bytesPerThread', bytesPerThread, 4096);
  const shardBytes = Math.ceil(bytesPerThread / 8) * 8;
  const memory = new SharedArrayBuffer(HEADER_BYTES + threadsMax * shardBytes);
  new Int32Array(memory, 0, 3).set([MAGIC, threadsMax, shardBytes]);
  return memory;
}

function require(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  const name = 'shared memory';
  throw new MetricsError('OPTION_INVALID', { name, option, expected: `an integer from ${least} up`, value });
}

/** What stands in a shard's log, one after the other. */
export type LogEntry =
  /** A family: the entries of its series refer to it by `id`. */
  | { readonly family: FamilyDeclaration; readonly id: number }
  /** A series: `slots` values from `at` on. */
  | {
      readonly at: number;
      readonly slots: number;
      readonly of: number;
      readonly labels: readonly (string | null)[];
      readonly createdMs: number;
    }
  /** The series at `removed` is gone. */
  | { readonly removed: number }
  /** The thread has ended: what it said of the present, such as gauges, holds no more. */
  | { readonly ended: true };

/** What another thread must know of a family to expose it. */
export interface FamilyDeclaration {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly aggregator: string;
  /** The bounds of a histogram, or the states of a state set. */
  readonly parts: readonly (number | string)[];
}

/** One thread's part of the memory. */
export class Shard {
  readonly values: Float64Array;
  readonly #control: Int32Array;
  readonly #log: Uint8Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    const shardBytes = new Int32Array(memory, 0, 3)[2]!;
    const begin = HEADER_BYTES + index * shardBytes;
    const logBytes = Math.floor((shardBytes * LOG_SHARE) / 8) * 8;
    this.#control = new Int32Array(memory, begin, CONTROL_BYTES / 4);
    this.#log = new Uint8Array(memory, begin + CONTROL_BYTES, logBytes);
    const valuesBegin = begin + CONTROL_BYTES + logBytes;
    this.values = new Float64Array(memory, valuesBegin, Math.floor((begin + shardBytes - valuesBegin) / 8));
  }

  /** Takes the shard for a thread; says whether it was free. */
  claim(threadId: number): boolean {
    return Atomics.compareExchange(this.#control, OWNER, 0, threadId + 1) === 0;
  }

  /** Whether the shard is a thread's. */
  isOwnedBy(threadId: number): boolean {
    return Atomics.load(this.#control, OWNER) === threadId + 1;
  }

  /** Gives the shard back for another thread to go on with. */
  release(): void {
    this.append({ ended: true });
    Atomics.store(this.#control, OWNER, 0);
  }

  /** How many bytes of log there are. Everything that is logged up to here can be read. */
  get logBytes(): number {
    return Atomics.load(this.#control, LOG_BYTES);
  }

  /** Adds an entry to the log; says whether there was room. Only the shard's owner may do so. */
  append(entry: LogEntry): boolean {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    const used = this.logBytes;
    // The last bytes are kept for the entry that says that the thread has ended.
    const room = this.#log.length - used - ('ended' in entry ? 0 : 32);
    if (bytes.length > room) return false;
    this.#log.set(bytes, used);
    // Published only when it is written: whoever sees the new length sees the entry.
    Atomics.store(this.#control, LOG_BYTES, used + bytes.length);
    return true;
  }

  /** The entries between two lengths of the log. */
  read(from: number, to: number): LogEntry[] {
    // Text can only be decoded from memory that is not shared.
    const text = Buffer.from(this.#log.slice(from, to)).toString();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogEntry);
  }
}

/** All shards of a memory. Throws OPTION_INVALID if it was not made by `createSharedMemory`. */
export function shardsOf(memory: SharedArrayBuffer): Shard[] {
  const [magic, threadsMax] = new Int32Array(memory, 0, 3);
  if (magic !== MAGIC) {
    const expected = 'made by createSharedMemory';
    throw new MetricsError('OPTION_INVALID', {
      name: 'a registry',
      option: 'sharedMemory',
      expected,
      value: memory,
    });
  }
  return Array.from({ length: threadsMax! }, (_none, index) => new Shard(memory, index));
}

/**
 * Gives back the shard of a thread that has ended without closing its registry. Its
 * counters stay counted; its gauges are no longer exposed. To be called on the
 * worker's `exit`.
 */
export function releaseThread(memory: SharedArrayBuffer, threadId: number): void {
  for (const shard of shardsOf(memory)) if (shard.isOwnedBy(threadId)) shard.release();
}
