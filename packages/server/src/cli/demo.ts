/** `bellwether demo`: the server with a month of generated history and live traffic. */

import { join } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment, LoadedConfig } from '../config/index.ts';
import { startDemoGateway } from '../demo/gateway.ts';
import { markDeployments } from '../demo/mark-deployments.ts';
import { type DemoOptions as DemoTraffic, runDemo } from '../demo/run.ts';
import { describeStory, incidentLengthMs } from '../demo/story.ts';
import { LEDGER_BEHIND_HEADER } from '../http/ledger-question.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configFrom, configInputOf, withCommonOptions } from './common-options.ts';
import { banner, type NextSteps, reloadOnSignal, start, stopOnSignal } from './serve.ts';

interface DemoOptions extends CommonOptions {
  readonly port?: string;
  readonly events: string;
  readonly days: string;
  readonly seed?: string;
  readonly liveEvents?: string;
  readonly incidentAfter: string;
  readonly incidentFor?: string;
  readonly gateway: boolean;
}

/** Where the demo keeps its data, apart from those of a real server. */
const DEMO_DATA = './data/demo';

/** Memory of the demo where none is configured. */
const DEMO_MEMORY_GIB = 2;

/** Days of history at most. */
const DAYS_MAX = 366;

/** Makes the command. */
export function demoCommand(environment: Environment): Command {
  const command = new Command('demo')
    .description('Serve a month of generated traffic, and keep live traffic flowing')
    .option('--port <number>', 'port to listen on (default: 9091)')
    .option('--events <number>', 'events of thirty days of history', '1000000')
    .option(
      '--days <number>',
      'days of history; twice as many give reports of 30 days something to compare with',
      '30',
    )
    .option('--seed <number>', 'another number gives other traffic')
    .option('--live-events <number>', 'events a month of live traffic (default: as --events)')
    .option('--incident-after <seconds>', 'when the incident of the live traffic begins', '240')
    .option(
      '--incident-for <seconds>',
      'how long it lasts (default: 360, and up to five times that with fewer events)',
    )
    .option('--no-gateway', 'without the example gateway, which pushes the metrics of an application')
    .addHelpText(
      'after',
      `\nHere the default of --data is ${DEMO_DATA}, apart from the data of a real server. Live traffic is in proportion to --events unless --live-events is given.\n\nExample:\n  bellwether demo --events 100000\n`,
    );
  return withCommonOptions(command).action(async (options: DemoOptions) => {
    const traffic = trafficOf(options);
    const input = configInputOf(
      { ...options, data: options.data ?? DEMO_DATA },
      environment,
      options.port === undefined ? {} : { 'service.port': options.port },
    );
    const loaded = withDemoMemory(configFrom(input));
    const app = await start(loaded, input);
    const stopping = new AbortController();
    stopOnSignal(app, () => stopping.abort());
    reloadOnSignal(app);
    process.stdout.write(banner(app.url, loaded.config, demoSteps));
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
      isInLedger: () => isInLedger(app.url),
      ...traffic,
    });
  });
}

/** What to look at in the demo. */
const demoSteps: NextSteps = (url, data) => `  Next, when the history is loaded, look:
    npx bellwether report cost --by provider${data}
    npx bellwether report performance --hours 336${data}
    curl ${url}/metrics
`;

/** Asks for the costs of an hour, which is cheap; the server waits for its ledger for a while before it answers. */
async function isInLedger(url: string): Promise<boolean> {
  const answer = await fetch(new URL('/api/v1/costs?hours=1', url)).catch(() => null);
  await answer?.arrayBuffer().catch(() => null);
  return answer !== null && !answer.headers.has(LEDGER_BEHIND_HEADER);
}

/** What traffic the options ask for. */
function trafficOf(
  options: DemoOptions,
): Pick<DemoTraffic, 'eventsTotal' | 'days' | 'incident' | 'liveEventsTotal' | 'seed'> {
  const eventsTotal = countOf('--events', options.events);
  const days = countOf('--days', options.days);
  if (days > DAYS_MAX) throw new CommandFailure(`--days takes at most ${DAYS_MAX}`);
  const liveEventsTotal =
    options.liveEvents === undefined ? undefined : countOf('--live-events', options.liveEvents);
  const incident = {
    delayMs: countOf('--incident-after', options.incidentAfter) * 1000,
    lengthMs:
      options.incidentFor === undefined
        ? incidentLengthMs(liveEventsTotal ?? eventsTotal)
        : countOf('--incident-for', options.incidentFor) * 1000,
  };
  const seed = options.seed === undefined ? undefined : Number(options.seed);
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new CommandFailure('--seed takes a whole number');
  return {
    eventsTotal,
    days,
    incident,
    ...(liveEventsTotal === undefined ? {} : { liveEventsTotal }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** The generator lives in the server's process, so where nobody says otherwise there is more room for both. */
function withDemoMemory(loaded: LoadedConfig): LoadedConfig {
  const { config, sources } = loaded;
  if (sources.get('performance.memory_limit_gb')?.kind !== 'default') return loaded;
  const performance = { ...config.performance, memory_limit_gb: DEMO_MEMORY_GIB };
  return { ...loaded, config: { ...config, performance } };
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new CommandFailure(`${option} takes a positive whole number`);
  return count;
}
