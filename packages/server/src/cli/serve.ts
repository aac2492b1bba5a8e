/** `bellwether serve`: the server, until it is told to stop. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { type App, startApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import type { Config, Environment, LoadedConfig } from '../config/index.ts';
import { JournalError } from '../journal/submission.ts';
import { createLog } from '../server-log.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';

interface ServeOptions extends CommonOptions {
  readonly host?: string;
  readonly port?: string;
}

/** Makes the command. */
export function serveCommand(environment: Environment): Command {
  const command = new Command('serve')
    .description('Serve: take events in, answer questions, expose metrics')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default: 9091)')
    .addHelpText('after', '\nExample:\n  bellwether serve --port 9091 --data ./data\n');
  return withCommonOptions(command).action(async (options: ServeOptions) => {
    const loaded = configOf(options, environment, {
      ...(options.host === undefined ? {} : { 'service.host': options.host }),
      ...(options.port === undefined ? {} : { 'service.port': options.port }),
    });
    const app = await start(loaded);
    // Before anything is printed: who reads that it answers may tell it to stop in the same moment.
    stopOnSignal(app);
    process.stdout.write(banner(app.url, loaded.config));
  });
}

/** Starts the server, and says plainly what a person can mend. */
export async function start(loaded: LoadedConfig): Promise<App> {
  const { config } = loaded;
  const log = createLog(config);
  try {
    return await startApp({ loaded, clock: systemClock, log });
  } catch (error) {
    if (error instanceof JournalError) {
      throw new CommandFailure(
        `the data directory ${resolve(config.storage.data_dir)} cannot be used: ${error.message}`,
      );
    }
    if ((error as { code?: string }).code === 'EADDRINUSE') {
      throw new CommandFailure(
        `port ${config.service.port} on ${config.service.host} is taken; choose another with --port`,
      );
    }
    throw error;
  }
}

/** What is printed when the server answers. */
export function banner(url: string, config: Config): string {
  return `
  Bellwether answers at  ${url}
  Data are in            ${resolve(config.storage.data_dir)}

  Next, send an event:
    curl ${url}/v1/events -H 'content-type: application/json' \\
      -d '{"timestamp":"${new Date(systemClock.nowMs()).toISOString()}","provider":"openai","model":"gpt-4o","input_tokens":1200,"output_tokens":300}'
  and look:
    npx bellwether report cost --by model
    curl ${url}/metrics

`;
}

/** Stops the server on the first signal to stop, and at once on the second. */
export function stopOnSignal(app: App, before: () => void = () => undefined): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    before();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`bellwether: could not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
