/** `bellwether objectives`: how objectives stand and were kept, and whether a file of them is right. */

import { BellwetherError } from '@bellwether/events';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { silentLog } from '../log.ts';
import { complianceOf, type ComplianceReport, type ComplianceRow } from '../objectives/compliance.ts';
import { ObjectiveFileError, readObjectiveFile } from '../objectives/formats/objective-file.ts';
import type { Objectives } from '../objectives/objectives.ts';
import { describe, type ObjectiveFigures, type ObjectiveView, viewObjective } from '../objectives/view.ts';
import { makeObjectives } from '../open-objectives.ts';
import { createOutgoing } from '../outgoing/index.ts';
import { readTimeRange } from '../report/time-range.ts';
import { countText } from '../report/text-table.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';

interface ObjectiveOptions extends ServerOptions {
  readonly json?: boolean;
}

/** Options of a report over the history. */
export interface ComplianceOptions extends ObjectiveOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by?: string;
}

const periodUnits = ['day', 'week', 'month', 'quarter'] as const;

/** Makes the command with its subcommands. */
export function objectivesCommand(environment: Environment): Command {
  return new Command('objectives')
    .description('How well what was promised is kept')
    .addCommand(listCommand(environment), { isDefault: true })
    .addCommand(showCommand(environment))
    .addCommand(complianceCommand(environment))
    .addCommand(checkFileCommand());
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('All objectives in their present windows')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether objectives list --config bellwether.yaml\n');
  return withServerOptions(command).action(async (options: ObjectiveOptions) => {
    const answer = await ask<{ objectives: ObjectiveView[] }>(
      options,
      environment,
      '/api/v1/objectives',
      async ({ objectives }) => ({ objectives: (await objectives.judged()).map(viewObjective) }),
    );
    print(options, answer, () => listText(answer.objectives));
  });
}

function showCommand(environment: Environment): Command {
  const command = new Command('show')
    .description('One objective with its error budget and burn rates')
    .argument('<id>', 'the id of the objective')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether objectives show chat-availability --json\n');
  return withServerOptions(command).action(async (id: string, options: ObjectiveOptions) => {
    const path = `/api/v1/objectives/${encodeURIComponent(id)}`;
    const answer = await ask<ObjectiveView>(options, environment, path, async ({ objectives }) =>
      viewObjective(await objectives.one(id)),
    );
    print(options, answer, () => showText(answer));
  });
}

function complianceCommand(environment: Environment): Command {
  const command = withComplianceOptions(new Command('compliance'))
    .description('How objectives were kept over the history')
    .argument('[id]', 'the id of one objective; all if absent')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether objectives compliance chat-availability --from 2026-10-01 --by month\n',
    );
  return withServerOptions(command).action(async (id: string | undefined, options: ComplianceOptions) => {
    const reports = await askCompliance(id ?? null, options, environment);
    print(options, { objectives: reports }, () => complianceText(reports));
  });
}

/** Adds the options of a report over the history. */
export function withComplianceOptions(command: Command): Command {
  return command
    .option('--from <time>', 'date or RFC 3339, included (default: 90 days back)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--by <period>', `rows by ${periodUnits.join(', ')} (default: that of the objective)`);
}

/** How one objective or all of them were kept. */
export async function askCompliance(
  id: string | null,
  options: ComplianceOptions,
  environment: Environment,
): Promise<ComplianceReport[]> {
  const by = periodUnits.find((unit) => unit === options.by) ?? null;
  if (options.by !== undefined && by === null)
    throw new CommandFailure(`--by must be one of ${periodUnits.join(', ')}`);
  const { from, to } = options;
  const hours = options.hours === undefined ? undefined : Number(options.hours);
  const range = readTimeRange({ from, to, hours }, systemClock.nowMs());
  const given = Object.entries({ from, to, hours: options.hours, by: options.by });
  const query = new URLSearchParams(
    given.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );
  const place = id === null ? '' : `/${encodeURIComponent(id)}`;
  const answer = await ask<ComplianceReport | { objectives: ComplianceReport[] }>(
    options,
    environment,
    `/api/v1/objectives${place}/compliance?${query.toString()}`,
    async (opened) => {
      const { objectives, reader, connection } = opened;
      const reports: ComplianceReport[] = [];
      for (const { definition } of id === null ? objectives.all : [objectives.find(id)])
        reports.push(
          await complianceOf({ connection, reader }, definition, { range, by }, systemClock.nowMs()),
        );
      return { objectives: reports };
    },
  );
  return 'objectives' in answer ? answer.objectives : [answer];
}

function checkFileCommand(): Command {
  return new Command('check')
    .description('Check a file of objectives: our own form, OpenSLO or Sloth')
    .argument('<file>', 'the file, YAML or JSON')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether objectives check slos.yaml\n')
    .action((file: string, options: ObjectiveOptions) => {
      try {
        const { form, objectives } = readObjectiveFile(file);
        const described = objectives.map((definition) => ({
          ...describe(definition),
          queries: definition.queries,
        }));
        print(options, { ok: true, form, objectives: described }, () => {
          const rows = described.map((each) => [
            each.id,
            each.kind,
            `${each.target_percent} %`,
            each.threshold ?? '-',
            each.window,
          ]);
          return `OK: ${form}, ${countText(rows.length, 'objective')}\n\n${formatTable([['OBJECTIVE', 'KIND', 'TARGET', 'THRESHOLD', 'WINDOW'], ...rows])}`;
        });
      } catch (error) {
        if (!(error instanceof ObjectiveFileError)) throw error;
        throw new CommandFailure(error.message);
      }
    });
}

type Opened = ReturnType<typeof makeObjectives> & {
  readonly objectives: Objectives;
  readonly connection: Parameters<typeof complianceOf>[0]['connection'];
};

/** Asks the running server, or counts from the stores where none runs. */
function ask<R>(
  options: ObjectiveOptions,
  environment: Environment,
  path: string,
  fromObjectives: (opened: Opened) => Promise<R>,
): Promise<R> {
  const { config } = configOf(options, environment);
  return askServerOrStores<R>(options, config, path, async ({ ledger, journal }) => {
    await ledger.settle(30_000);
    const outgoing = createOutgoing({ allowPrivate: config.outgoing.allow_private, clock: systemClock });
    try {
      // Violations are for the server to find and to note.
      const made = makeObjectives(
        { config, clock: systemClock, log: silentLog, outgoing, ledger, journal },
        { store: null, onViolation: () => undefined, onJudged: () => undefined },
      );
      return await fromObjectives({ ...made, connection: ledger.connection });
    } catch (error) {
      if (error instanceof BellwetherError) throw new CommandFailure(error.message);
      throw error;
    } finally {
      outgoing.close();
    }
  });
}

function print(options: ObjectiveOptions, answer: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text());
}

const header = ['OBJECTIVE', 'FOR', 'TARGET', 'WINDOW', 'GOOD', 'OF', 'KEPT', 'BUDGET LEFT', 'STATE'];

function rowOf(view: ObjectiveView, entry: ObjectiveFigures): string[] {
  return [
    view.id,
    Object.values(entry.key)[0] ?? '',
    `${view.target_percent} %`,
    view.window,
    entry.good === null ? '-' : String(entry.good),
    entry.total === null ? '-' : String(entry.total),
    entry.compliance_percent === null ? '-' : `${entry.compliance_percent} %`,
    entry.met === null ? '-' : `${entry.error_budget.remaining_percent} %`,
    stateOf(entry),
  ];
}

function stateOf({ met, violated }: ObjectiveFigures): string {
  if (met === null) return 'no events';
  return violated.length === 0 ? (met ? 'ok' : 'missed') : violated.join(', ');
}

function listText(objectives: readonly ObjectiveView[]): string {
  if (objectives.length === 0) return 'No objective is declared.\n';
  const rows = objectives.flatMap((view) => view.entries.map((entry) => rowOf(view, entry)));
  return `${formatTable([header, ...rows])}${objectives.map(problemText).join('')}`;
}

function problemText({ id, problem }: ObjectiveView): string {
  return problem === null ? '' : `${id}: ${problem}\n`;
}

function showText(view: ObjectiveView): string {
  const pairs = view.entries.flatMap((entry) =>
    entry.burn_rates.map((pair) => [
      Object.values(entry.key)[0] ?? '',
      pair.name,
      String(pair.factor),
      String(pair.long_rate),
      String(pair.short_rate),
      pair.burning ? 'burning' : '',
    ]),
  );
  const burning = formatTable([['FOR', 'PAIR', 'FACTOR', 'LONG', 'SHORT', ''], ...pairs]);
  return `${listText([view])}\n${pairs.length === 0 ? '' : burning}`;
}

/** The history of objectives as text. */
export function complianceText(reports: readonly ComplianceReport[]): string {
  if (reports.length === 0) return 'No objective is declared.\n';
  const head = ['OBJECTIVE', 'FOR', 'FROM', 'TO', 'GOOD', 'OF', 'KEPT', 'TARGET', 'BUDGET SPENT', ''];
  const row = (report: ComplianceReport, each: ComplianceRow): string[] => [
    report.id,
    Object.values(each.key)[0] ?? '',
    each.from,
    each.to,
    String(each.good),
    String(each.total),
    each.compliance_percent === null ? '-' : `${each.compliance_percent} %`,
    `${report.target_percent} %`,
    each.met === null ? '-' : `${each.budget_spent_percent} %`,
    each.met === null ? 'no events' : each.met ? 'kept' : 'missed',
  ];
  const rows = reports.flatMap((report) => [
    ...report.rows.filter(({ total }) => total > 0).map((each) => row(report, each)),
    ...report.totals.map((each) => row({ ...report, id: `${report.id}, in all` }, each)),
  ]);
  return formatTable([head, ...rows]);
}
