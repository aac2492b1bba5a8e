/** `bellwether targets`: what a running server scrapes, and how that goes. */

import { Command } from 'commander';
import type { JobView } from '../collect/collector.ts';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer } from './store-access.ts';
import { formatTable } from './table.ts';

interface TargetsOptions extends ServerOptions {
  readonly json?: boolean;
}

/** Makes the command. */
export function targetsCommand(environment: Environment): Command {
  const command = new Command('targets')
    .description('What a running server scrapes, and how the last scrape of each target went')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether targets --data ./data\n');
  return withServerOptions(command).action(async (options: TargetsOptions) => {
    const url = options.url ?? findServer(configOf(options, environment).config.storage.data_dir)?.url;
    if (url === undefined)
      throw new CommandFailure('no server runs on the data directory; name one with --url');
    const response = await fetchFromServer(url, '/api/v1/targets', options.token);
    const answer = (await response.json()) as { jobs: JobView[] };
    process.stdout.write(
      options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer.jobs),
    );
  });
}

function textOf(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return 'Nothing is scraped: the configuration has no collectors.jobs.\n';
  const rows = jobs.flatMap(({ targets }) =>
    targets.map(
      ({
        job,
        instance,
        state,
        last_scrape: at,
        duration_ms: took,
        samples,
        exporters,
        restarts,
        problem,
      }) => [
        job,
        instance,
        state,
        at ?? '',
        took === null ? '' : `${took} ms`,
        String(samples),
        exporters.join(' '),
        String(restarts),
        problem ?? '',
      ],
    ),
  );
  const head = ['JOB', 'INSTANCE', 'STATE', 'LAST SCRAPE', 'TOOK', 'SAMPLES', 'KIND', 'RESTARTS', 'PROBLEM'];
  const problems = jobs
    .filter(({ discovery_problem: problem }) => problem !== null)
    .map(({ job, discovery_problem: problem }) => `Discovery of ${job}: ${problem}\n`);
  return `${formatTable([head, ...rows])}${problems.join('')}`;
}
