/**
 * Starts the engine's child process, watches it, and starts it again when it
 * ends. Whoever speaks to the engine meanwhile gets a connection error and tries
 * again; nothing that was acknowledged depends on it.
 */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { programBeside } from '../../program.ts';
import { ENCRYPTED_FOLDER, type EngineLimits, engineConfigXml, engineSettings } from './engine-config.ts';
import type { EngineProcessOptions } from './engine-process.ts';

/** The first pause before a new start; it doubles up to the longest one. */
const RESTART_PAUSE_MS = 100;
const RESTART_PAUSE_MS_MAX = 10_000;
/** An engine that has lived this long is taken to be sound, and the pauses begin anew. */
const SOUND_AFTER_MS = 60_000;
/** How long the engine may take to stop before it is killed. */
const STOP_MS_MAX = 10_000;
/** Threads for files where data go by pipes: both ends of one for each session wait in a thread of their own. */
const PIPE_THREADS = '12';
/** Statements that can run at once beside the inserts. */
const READ_SESSIONS = 3;

export interface EngineSupervisorOptions {
  /** The server's data directory; the engine keeps to `engine/` in it. */
  readonly dataDirectory: string;
  readonly limits: EngineLimits;
  /** The key of the disk that the tables are on, 32 bytes; null, or left out, for one that is not encrypted. */
  readonly encryptionKey?: Uint8Array | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** The engine as a service that is kept running. */
export interface EngineSupervisor {
  /** Where the engine listens. */
  readonly socketPath: string;
  /** Resolves when the engine answers for the first time. */
  readonly ready: Promise<void>;
  /** How often the engine ended without being asked to. */
  readonly crashes: number;
  /** The id of the running process; undefined between two lives. */
  readonly pid: number | undefined;
  /** Stops the engine and stays stopped. */
  stop(): Promise<void>;
}

/** Starts the engine and keeps it running. */
export function superviseEngine(options: EngineSupervisorOptions): EngineSupervisor {
  const { clock, log, encryptionKey } = options;
  const processOptions = prepare(options);
  const first = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let stopping = false;
  let crashes = 0;
  let pauseMs = RESTART_PAUSE_MS;

  function start(): void {
    const startedMs = clock.monotonicMs();
    child = forkEngine(processOptions);
    // By the channel, and not by arguments or the environment, which others on the machine can look at. If the process
    // has ended already, its exit is heard of.
    if (encryptionKey) child.send({ key: Buffer.from(encryptionKey).toString('hex') }, () => undefined);
    child.once('message', () => {
      log.debug({ pid: child?.pid, tookMs: Math.round(clock.monotonicMs() - startedMs) }, 'engine ready');
      first.resolve();
    });
    child.stderr?.on('data', (chunk: Buffer) =>
      log.warn({ engine: chunk.toString('utf8').slice(0, 2000) }, 'engine says'),
    );
    child.once('exit', (code, signal) => {
      child = undefined;
      if (stopping) return;
      crashes += 1;
      if (clock.monotonicMs() - startedMs > SOUND_AFTER_MS) pauseMs = RESTART_PAUSE_MS;
      log.error({ code, signal, crashes, pauseMs }, 'engine ended; starting it again');
      clock.setTimeout(() => {
        if (!stopping) start();
      }, pauseMs);
      pauseMs = Math.min(pauseMs * 2, RESTART_PAUSE_MS_MAX);
    });
  }

  async function stop(): Promise<void> {
    stopping = true;
    const running = child;
    if (running === undefined) return;
    const ended = new Promise<void>((resolve) => {
      running.once('exit', () => resolve());
    });
    const kill = clock.setTimeout(() => running.kill('SIGKILL'), STOP_MS_MAX);
    running.kill('SIGTERM');
    await ended;
    clock.clearTimeout(kill);
  }

  start();
  return {
    socketPath: processOptions.socketPath,
    ready: first.promise,
    get crashes() {
      return crashes;
    },
    get pid() {
      return child?.pid;
    },
    stop,
  };
}

/** Makes the directories and the configuration file. */
function prepare({ dataDirectory, limits, encryptionKey }: EngineSupervisorOptions): EngineProcessOptions {
  const encrypted = Boolean(encryptionKey);
  // Absolute where the engine runs in the directory of its disk; else as it is, since a socket's path has to be short.
  const engineDirectory = encrypted ? resolve(dataDirectory, 'engine') : join(dataDirectory, 'engine');
  mkdirSync(engineDirectory, { recursive: true, mode: 0o700 });
  const configPath = join(engineDirectory, 'engine.xml');
  writeFileSync(configPath, engineConfigXml(limits, encrypted), { mode: 0o600 });
  return {
    databasePath: join(engineDirectory, 'db'),
    socketPath: join(engineDirectory, 'engine.sock'),
    configPath,
    insertPath: join(engineDirectory, 'insert.bin'),
    settings: engineSettings(limits, encrypted),
    encryptedPath: encrypted ? join(engineDirectory, ENCRYPTED_FOLDER) : null,
    readSessions: READ_SESSIONS,
  };
}

function forkEngine(options: EngineProcessOptions): ChildProcess {
  const program = programBeside(import.meta.url, './engine-process');
  return fork(fileURLToPath(program.url), [JSON.stringify(options)], {
    // The engine holds its data outside of V8's heap, so a small one suffices.
    execArgv: [...program.execArgv, '--max-old-space-size=256', '--max-semi-space-size=8', '--expose-gc'],
    // Few allocation arenas; and the engine's own allocator gives back after half a second what it does not need, not after
    // five: under load that was measured to be 40 to 70 MiB.
    env: {
      TZ: 'UTC',
      MALLOC_ARENA_MAX: '2',
      JE_MALLOC_CONF: 'dirty_decay_ms:500',
      ...(options.encryptedPath !== null ? { UV_THREADPOOL_SIZE: PIPE_THREADS } : {}),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
