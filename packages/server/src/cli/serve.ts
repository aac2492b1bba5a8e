/** `bellwether serve`: the server, until it is told to stop. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { type App, startApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import {
  type Config,
  type ConfigInput,
  type Environment,
  loadConfig,
  type LoadedConfig,
} from '../config/index.ts';
import { JournalError } from '../journal/submission.ts';
import { createLog } from '../server-log.ts';
import { manualFolder } from '../manual/index.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configFrom, configInputOf, withCommonOptions } from './common-options.ts';

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
    const input = configInputOf(options, environment, {
      ...(options.host === undefined ? {} : { 'service.host': options.host }),
      ...(options.port === undefined ? {} : { 'service.port': options.port }),
    });
    const loaded = configFrom(input);
    const app = await start(loaded, input);
    // Before anybody can know that the server is there, and so stop it.
    stopOnSignal(app);
    reloadOnSignal(app);
    process.stdout.write(banner(app.url, loaded.config));
  });
}

/** Starts the server, and says plainly what a person can mend. */
export async function start(loaded: LoadedConfig, input: ConfigInput): Promise<App> {
  const { config } = loaded;
  const { log, setLevel, within } = createLog(config);
  try {
    return await startApp({
      loaded,
      load: () => loadConfig(input),
      clock: systemClock,
      log,
      within,
      setLogLevel: setLevel,
    });
  } catch (error) {
    if (error instanceof JournalError) {
      throw new CommandFailure(
        `the data directory ${resolve(config.storage.data_dir)} cannot be used: ${error.message}`,
      );
    }
    const { code } = error as { code?: string };
    if (
      code === 'EEXIST' ||
      code === 'ENOTDIR' ||
      code === 'EACCES' ||
      code === 'EROFS' ||
      code === 'ENOENT'
    ) {
      throw new CommandFailure(
        `the data directory ${resolve(config.storage.data_dir)} cannot be used: ${(error as Error).message}`,
      );
    }
    if (code === 'EADDRINUSE') {
      throw new CommandFailure(
        `port ${config.service.port} on ${config.service.host} is taken; choose another with --port`,
      );
    }
    throw error;
  }
}

/** What somebody may do first, given the address and what a command has to be told of the data. */
export type NextSteps = (url: string, data: string) => string;

const firstSteps: NextSteps = (url, data) => `  Next, send an event:
    curl ${url}/v1/events -H 'content-type: application/json' \\
      -d '{"timestamp":"${new Date(systemClock.nowMs()).toISOString()}","provider":"openai","model":"gpt-4o","input_tokens":1200,"output_tokens":300}'
  and look:
    npx bellwether report cost --by model${data}
    curl ${url}/metrics
`;

/** What is printed when the server answers. */
export function banner(url: string, config: Config, next = firstSteps): string {
  return `
  Bellwether answers at  ${url}
${manualFolder() === null ? '' : `  Documentation is at    ${url}/docs\n`}  Data are in            ${resolve(config.storage.data_dir)}

${next(url, dataOption(config))}
`;
}

/** What a command has to be told of the data directory, if it is not where commands look by themselves. */
function dataOption({ storage }: Config): string {
  return resolve(storage.data_dir) === resolve('./data') ? '' : ` --data ${storage.data_dir}`;
}

/** Loads the configuration again on SIGHUP; what is wrong with it is in the log. */
export function reloadOnSignal(app: App): void {
  process.on('SIGHUP', () => {
    app.reload('SIGHUP').catch(() => undefined);
  });
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
