/** `bellwether demo`: the server with a month of generated history and live traffic. */

import { join } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { startDemoGateway } from '../demo/gateway.ts';
import { markDeployments } from '../demo/mark-deployments.ts';
import { runDemo } from '../demo/run.ts';
import { describeStory } from '../demo/story.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configFrom, configInputOf, withCommonOptions } from './common-options.ts';
import { banner, reloadOnSignal, start, stopOnSignal } from './serve.ts';

interface DemoOptions extends CommonOptions {
  readonly port?: string;
  readonly events: string;
  readonly seed?: string;
  readonly liveEvents?: string;
  readonly incidentAfter: string;
  readonly incidentFor: string;
  readonly gateway: boolean;
}

/** Where the demo keeps its data, apart from those of a real server. */
const DEMO_DATA = './data/demo';

/** Makes the command. */
export function demoCommand(environment: Environment): Command {
  const command = new Command('demo')
    .description('Serve a month of generated traffic, and keep live traffic flowing')
    .option('--port <number>', 'port to listen on (default: 9091)')
    .option('--events <number>', 'events of history', '1000000')
    .option('--seed <number>', 'another number gives other traffic')
    .option('--live-events <number>', 'events a month of live traffic (default: as --events)')
    .option('--incident-after <seconds>', 'when the incident of the live traffic begins', '240')
    .option('--incident-for <seconds>', 'how long it lasts', '360')
    .option('--no-gateway', 'without the example gateway, which pushes the metrics of an application')
    .addHelpText(
      'after',
      `\nHere the default of --data is ${DEMO_DATA}, apart from the data of a real server. Live traffic is in proportion to --events unless --live-events is given.\n\nExample:\n  bellwether demo --events 100000\n`,
    );
  return withCommonOptions(command).action(async (options: DemoOptions) => {
    const eventsTotal = countOf('--events', options.events);
    const liveEventsTotal =
      options.liveEvents === undefined ? undefined : countOf('--live-events', options.liveEvents);
    const incident = {
      delayMs: countOf('--incident-after', options.incidentAfter) * 1000,
      lengthMs: countOf('--incident-for', options.incidentFor) * 1000,
    };
    const seed = options.seed === undefined ? undefined : Number(options.seed);
    if (seed !== undefined && !Number.isSafeInteger(seed))
      throw new CommandFailure('--seed takes a whole number');
    const input = configInputOf(
      { ...options, data: options.data ?? DEMO_DATA },
      environment,
      options.port === undefined ? {} : { 'service.port': options.port },
    );
    const loaded = configFrom(input);
    const app = await start(loaded, input);
    const stopping = new AbortController();
    stopOnSignal(app, () => stopping.abort());
    reloadOnSignal(app);
    process.stdout.write(banner(app.url, loaded.config));
    await app.ready;
    await markDeployments(app.url, describeStory(systemClock.nowMs()));
    if (options.gateway)
      startDemoGateway({
        url: app.url,
        directory: join(loaded.config.storage.data_dir, 'gateway'),
        signal: stopping.signal,
        stderr: process.stderr,
      });
    await runDemo({
      url: app.url,
      clock: systemClock,
      signal: stopping.signal,
      stderr: process.stderr,
      eventsTotal,
      incident,
      ...(liveEventsTotal === undefined ? {} : { liveEventsTotal }),
      ...(seed === undefined ? {} : { seed }),
    });
  });
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new CommandFailure(`${option} takes a positive whole number`);
  return count;
}
