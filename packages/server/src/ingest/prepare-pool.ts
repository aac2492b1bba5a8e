/**
 * Prepares bodies in threads, so that the main thread has its time for connections.
 * A thread is started when a large body comes and all others are at work, and ended
 * after half a minute without work: a server without load has none. The main thread does the work for small bodies, which cost
 * less than the way to a thread, and for the body that has the first thread started; those after it wait for that thread,
 * since a flood that the main thread works on until the thread runs would hold up all else.
 */

import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import { programBeside } from '../program.ts';
import type { Prepared, Preparer, UnpreparedBody } from './prepare.ts';
import type { PrepareAnswer, PrepareRequest, PrepareThreadData } from './prepare-messages.ts';

/** Bodies below this are prepared where they are. */
const SMALL_BODY_BYTES = 16 * 1024;
/** After how long without work the threads are ended, with the memory that they hold. */
const IDLE_MS = 30_000;
/** Bounds of a thread's heap: the largest body that is permitted by default takes some 200 MiB when parsed. */
const heapLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 512 };

export interface PreparePoolOptions {
  /** The most threads; 0 prepares everything in the main thread. */
  readonly threads: number;
  readonly clock: Clock;
  /** For the main thread. */
  readonly local: Preparer;
  /** For the others, which must come to the same. */
  readonly data: PrepareThreadData;
}

interface Waiter {
  readonly resolve: (prepared: Prepared) => void;
  readonly reject: (error: Error) => void;
}

/** A thread and what it has to do. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiter>;
  ready: boolean;
}

export class PreparePool {
  readonly #options: PreparePoolOptions;
  readonly #threads = new Set<Thread>();
  /** Threads that do what they have, and no more. */
  readonly #retired = new Set<Thread>();
  #data: PrepareThreadData;
  #idle: ClockTimer | undefined;
  #number = 0;
  #closed = false;

  constructor(options: PreparePoolOptions) {
    this.#options = options;
    this.#data = options.data;
  }

  /** How many threads there are now. */
  get size(): number {
    return this.#threads.size;
  }

  /**
   * Makes a submission of a body, whose memory is handed over.
   *
   * @throws BellwetherError if the body is not to be stored.
   */
  prepare(body: UnpreparedBody): Prepared | Promise<Prepared> {
    const { threads, local } = this.#options;
    if (threads === 0 || this.#closed || body.body.length < SMALL_BODY_BYTES) return local.prepare(body);
    const ready = [...this.#threads].filter((thread) => thread.ready);
    const candidates = ready.length > 0 ? ready : [...this.#threads];
    const least = candidates.toSorted((a, b) => a.waiting.size - b.waiting.size)[0];
    const starting = ready.length < this.#threads.size;
    if ((least === undefined || least.waiting.size > 0) && this.#threads.size < threads && !starting)
      this.#start();
    return least === undefined ? local.prepare(body) : this.#send(least, body);
  }

  /**
   * Goes by other limits and rate cards from now on. Threads do what they have by the
   * former ones and end; the next large bodies start others.
   */
  renew(data: Pick<PrepareThreadData, 'limits' | 'cards'>): void {
    this.#data = { ...this.#data, ...data };
    this.#retire();
  }

  /** Ends the threads; what they have not done is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#idle);
    const threads = [...this.#threads, ...this.#retired];
    await Promise.all(threads.map(async ({ worker }) => worker.terminate()));
  }

  #retire(): void {
    for (const thread of this.#threads) {
      this.#threads.delete(thread);
      this.#retired.add(thread);
      endIfIdle(thread);
    }
  }

  #awaitIdleness(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#idle);
    this.#idle = clock.setTimeout(() => this.#retire(), IDLE_MS);
    this.#idle.unref();
  }

  #start(): void {
    const program = programBeside(import.meta.url, './prepare-thread');
    const worker = new Worker(program.url, {
      execArgv: program.execArgv,
      name: 'prepare',
      workerData: this.#data,
      resourceLimits: heapLimits,
    });
    const thread: Thread = { worker, waiting: new Map(), ready: false };
    this.#threads.add(thread);
    worker.on('online', () => {
      thread.ready = true;
    });
    worker.on('message', (answer: PrepareAnswer) => {
      hear(thread, answer);
      if (this.#retired.has(thread)) endIfIdle(thread);
    });
    // Whatever ends a thread, its bodies are refused, and the next body starts another.
    worker.on('error', (cause: Error) => this.#lose(thread, cause));
    worker.on('exit', () => this.#lose(thread, new Error('The thread has ended.')));
    worker.unref();
  }

  #send(thread: Thread, unprepared: UnpreparedBody): Promise<Prepared> {
    const body = ownMemory(unprepared.body);
    this.#number += 1;
    this.#awaitIdleness();
    const request: PrepareRequest = { number: this.#number, body: { ...unprepared, body } };
    return new Promise((resolve, reject) => {
      thread.waiting.set(request.number, { resolve, reject });
      thread.worker.postMessage(request, [body.buffer]);
    });
  }

  #lose(thread: Thread, cause: Error): void {
    this.#threads.delete(thread);
    this.#retired.delete(thread);
    for (const { reject } of thread.waiting.values()) {
      reject(new BellwetherError(this.#closed ? 'not_ready' : 'internal', undefined, {}, { cause }));
    }
    thread.waiting.clear();
  }
}

/** Ends a thread that has nothing to do. */
function endIfIdle({ worker, waiting }: Thread): void {
  if (waiting.size === 0) void worker.terminate();
}

function hear(thread: Thread, answer: PrepareAnswer): void {
  const waiter = thread.waiting.get(answer.number);
  thread.waiting.delete(answer.number);
  if (answer.kind === 'prepared') waiter?.resolve(answer.prepared);
  else if (answer.kind === 'refused')
    waiter?.reject(new BellwetherError(answer.code, answer.message, answer.place));
  else waiter?.reject(new Error(answer.problem));
}

/** The bytes in memory that holds nothing else, as it has to be for another thread to take it over. */
function ownMemory(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = body;
  const own = body.length === buffer.byteLength && !isMarkedAsUntransferable(buffer);
  if (own && buffer instanceof ArrayBuffer) return body as Uint8Array<ArrayBuffer>;
  // Not `slice`, which on a Buffer copies nothing.
  return new Uint8Array(body);
}
