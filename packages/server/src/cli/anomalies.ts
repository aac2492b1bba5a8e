/** `bellwether anomalies`: what was unusual in the ledger's series, and what explains it. */

import { Command } from 'commander';
import { AnalysisStore, analysisStatePart } from '../analysis/analysis-store.ts';
import { type AnomalyList, listAnomalies } from '../analysis/list-anomalies.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';

interface AnomalyOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly measure?: string;
  readonly where: readonly string[];
  readonly open?: boolean;
  readonly limit: string;
  readonly json?: boolean;
}

interface AnomalyAnswer extends AnomalyList {
  readonly judged_to: string | null;
}

/** Causes of one line. */
const CAUSES_SHOWN = 2;

/** Makes the command. */
export function anomaliesCommand(environment: Environment): Command {
  const command = new Command('anomalies')
    .description('What was unusual in the series of the ledger, the newest first')
    .option('--from <time>', 'date or RFC 3339: those that lasted into this time')
    .option('--to <time>', 'date or RFC 3339: those that began before it')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--measure <name>', 'anomalies of this measure only')
    .option('--where <filter>', 'a label of the series, e.g. provider=openai; may be repeated', collect, [])
    .option('--open', 'only those that last')
    .option('--limit <number>', 'at most so many', '50')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether anomalies --hours 24\n  bellwether anomalies --measure cost_usd --where provider=openai --json\n',
    );
  return withServerOptions(command).action(async (options: AnomalyOptions) => {
    const { config } = configOf(options, environment);
    const query = {
      ...given({ from: options.from, to: options.to, measure: options.measure }),
      ...(options.hours === undefined ? {} : { hours: Number(options.hours) }),
      ...(options.open === true ? { open: true } : {}),
      limit: Number(options.limit),
    };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    for (const filter of options.where) search.append('where', filter);
    const answer = await askServerOrStores<AnomalyAnswer>(
      options,
      config,
      `/api/v1/anomalies?${search.toString()}`,
      async ({ stateKey: key }) => {
        const dataDir = config.storage.data_dir;
        const state = openStateDatabase({ dataDir, clock: systemClock, parts: [analysisStatePart], key });
        try {
          const store = new AnalysisStore(state);
          const uptoMs = store.mark()?.uptoMs;
          return {
            judged_to: uptoMs === undefined ? null : new Date(uptoMs).toISOString(),
            ...listAnomalies(store, { ...query, where: options.where }, systemClock.nowMs()),
          };
        } finally {
          state.close();
        }
      },
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
  });
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function textOf({ anomalies, more, judged_to: judgedTo }: AnomalyAnswer): string {
  if (judgedTo === null) return 'Nothing was judged yet.\n';
  const judged = `Judged until ${minute(judgedTo)}.`;
  if (anomalies.length === 0) return `Nothing was unusual. ${judged}\n`;
  const rows = anomalies.map((anomaly) => [
    minute(anomaly.since),
    anomaly.until === null ? 'lasts' : minute(anomaly.until),
    anomaly.measure,
    Object.entries(anomaly.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || 'all requests',
    anomaly.kinds.join(' '),
    anomaly.score.toFixed(2),
    `${figure(anomaly.actual)} instead of ${figure(anomaly.expected)}`,
    (anomaly.cause?.explained_by ?? [])
      .slice(0, CAUSES_SHOWN)
      .map(({ dimension, value, share }) => `${dimension}=${value} (${Math.round(100 * share)} %)`)
      .join(', '),
  ]);
  const table = formatTable([
    ['since', 'until', 'measure', 'of', 'what', 'score', 'value', 'explained by'],
    ...rows,
  ]);
  return `${table}\n${judged}${more ? ' There are more; --limit shows them.' : ''}\n`;
}

function minute(text: string): string {
  return text.slice(0, 16).replace('T', ' ');
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
