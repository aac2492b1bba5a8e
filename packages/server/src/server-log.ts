/**
 * The server's log: JSON lines on standard output, or in a directory that the
 * configuration names.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { destination, pino } from 'pino';
import type { Config } from './config/index.ts';
import type { Log, LogContext } from './log.ts';

/** A log whose level can be changed, and which knows the request that a line is about. */
export interface LevelledLog {
  readonly log: Log;
  /** @param level as the configuration spells it. */
  readonly setLevel: (level: string) => void;
  /** Runs what is given; every line that comes of it has the context, also what is said later. */
  readonly within: (context: LogContext, run: () => void) => void;
}

/** Makes the log that the configuration asks for. */
export function createLog(config: Config): LevelledLog {
  const { directory } = config.logs;
  if (directory !== '') mkdirSync(directory, { recursive: true, mode: 0o700 });
  const target = directory === '' ? 1 : join(directory, 'bellwether.log');
  const present = new AsyncLocalStorage<LogContext>();
  const log = pino(
    {
      level: config.performance.log_level.toLowerCase(),
      base: { service: config.service.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...present.getStore() }),
    },
    destination({ dest: target, sync: false }),
  );
  return {
    log,
    setLevel: (level) => {
      log.level = level.toLowerCase();
    },
    within: (context, run) => present.run(context, run),
  };
}
