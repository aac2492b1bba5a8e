/**
 * Runs one plugin in a thread of its own. The thread is started when it is needed,
 * and ended when a run takes too long, since nothing else ends a function that never
 * returns; the next run starts another.
 */

import { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import { programBeside } from '../../program.ts';
import type { PluginShape } from './contract.ts';
import type { PluginAnswer, PluginRequest, PluginThreadData } from './messages.ts';

/** The heap that a plugin may fill before its thread is ended. */
const heapLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 128 };
const WRITTEN_LENGTH_MAX = 500;

/** A run that failed; the message is the plugin's own. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: string;

  constructor(message: string, code = '') {
    super(message);
    this.code = code;
  }
}

/** What a host needs. */
export interface PluginHostOptions extends PluginThreadData {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Hears what the plugin writes, once for each run at most. */
  readonly onWritten: (text: string) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly loaded: Promise<PluginShape>;
  readonly waiting: Map<number, PromiseWithResolvers<unknown>>;
}

export class PluginHost {
  readonly #options: PluginHostOptions;
  #thread: Thread | null = null;
  #number = 0;
  #maySpeak = true;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** Loads the module, once for each thread. @throws PluginError if it is no plugin. */
  load(): Promise<PluginShape> {
    return this.#inTime(async (thread) => thread.loaded);
  }

  /** Runs the collector, or a check by its name; gives what it gave. @throws PluginError */
  run(check: string | null, signal: AbortSignal): Promise<unknown> {
    this.#maySpeak = true;
    return this.#inTime(async (thread) => {
      await thread.loaded;
      signal.throwIfAborted();
      const number = ++this.#number;
      const answer = Promise.withResolvers<unknown>();
      thread.waiting.set(number, answer);
      const request: PluginRequest =
        check === null ? { kind: 'collect', number } : { kind: 'check', number, name: check };
      thread.worker.postMessage(request, []);
      const stop = (): void =>
        thread.worker.postMessage({ kind: 'abort', number } satisfies PluginRequest, []);
      signal.addEventListener('abort', stop, { once: true });
      try {
        return await answer.promise;
      } finally {
        signal.removeEventListener('abort', stop);
        thread.waiting.delete(number);
      }
    });
  }

  /** Ends the thread; settles when it is gone. */
  async close(): Promise<void> {
    this.#end(new PluginError('The plugin is no longer needed.'));
    await this.#ended;
  }

  async #inTime<T>(work: (thread: Thread) => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    const thread = (this.#thread ??= this.#start());
    const late = Promise.withResolvers<never>();
    const timer = clock.setTimeout(() => {
      const error = new PluginError(`It took longer than ${timeoutMs} ms.`, 'timeout');
      late.reject(error);
      if (this.#thread === thread) this.#end(error);
    }, timeoutMs);
    try {
      return await Promise.race([work(thread), late.promise]);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #start(): Thread {
    const { url, options } = this.#options;
    const program = programBeside(import.meta.url, './plugin-thread');
    const worker = new Worker(program.url, {
      execArgv: program.execArgv,
      name: 'plugin',
      workerData: { url, options } satisfies PluginThreadData,
      resourceLimits: heapLimits,
      // The environment of the server has secrets; what a plugin is to know stands in its options.
      env: {},
      stdout: true,
      stderr: true,
    });
    const loading = Promise.withResolvers<PluginShape>();
    // Whoever waits is told; if nobody does, it is no failure of the server.
    loading.promise.catch(() => undefined);
    const thread: Thread = { worker, loaded: loading.promise, waiting: new Map() };
    worker.on('message', (answer: PluginAnswer) => {
      if (answer.kind === 'loaded') loading.resolve(answer.shape);
      else if (answer.kind === 'done') thread.waiting.get(answer.number)?.resolve(answer.value);
      else {
        const error = new PluginError(answer.message, answer.code);
        if (answer.number !== null) thread.waiting.get(answer.number)?.reject(error);
        else {
          loading.reject(error);
          if (this.#thread === thread) this.#end(error);
        }
      }
    });
    const gone = (error: PluginError): void => {
      loading.reject(error);
      for (const { reject } of thread.waiting.values()) reject(error);
      if (this.#thread === thread) this.#thread = null;
    };
    worker.on('error', (error: Error) => gone(new PluginError(error.message, 'thrown')));
    worker.on('messageerror', () => gone(new PluginError('It gave what cannot be passed on.')));
    worker.on('exit', () => gone(new PluginError('Its thread ended.', 'exit')));
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', (text) => this.#speak(String(text)));
    return thread;
  }

  #speak(text: string): void {
    if (!this.#maySpeak) return;
    this.#maySpeak = false;
    this.#options.onWritten(text.slice(0, WRITTEN_LENGTH_MAX));
  }

  #end(error: PluginError): void {
    const thread = this.#thread;
    if (thread === null) return;
    this.#thread = null;
    for (const { reject } of thread.waiting.values()) reject(error);
    this.#ended = Promise.all([this.#ended, thread.worker.terminate()]);
  }
}
