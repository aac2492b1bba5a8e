/** `bellwether alerts`: what is wrong at present, and what people do about it. Alerts are kept by a running server. */

import { Command } from 'commander';
import type { AlertList, AlertView, HistoryView, SilenceView } from '../alerts/alert-view.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { parseDuration } from '../config/units.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askRunningServer } from './running-server.ts';
import { formatTable, printable } from './table.ts';

interface Options extends ServerOptions {
  readonly json?: boolean;
  readonly state?: string;
  readonly severity?: string;
  readonly matcher?: readonly string[];
  readonly limit?: string;
  readonly note?: string;
  readonly by?: string;
  readonly for?: string;
  readonly comment?: string;
}

type ShownAlert = AlertView & { readonly history: readonly HistoryView[] };

/** Makes the command with its subcommands. */
export function alertsCommand(environment: Environment): Command {
  return new Command('alerts')
    .description('Alerts of a running server')
    .addCommand(listCommand(environment), { isDefault: true })
    .addCommand(showCommand(environment))
    .addCommand(deedCommand(environment, 'ack', 'acknowledge', 'Say that somebody has the alert in hand'))
    .addCommand(deedCommand(environment, 'resolve', 'resolve', 'End an alert'))
    .addCommand(snoozeCommand(environment))
    .addCommand(silenceCommand(environment));
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('Alerts that are not over, newest first')
    .option('--state <states>', 'of pending, raised, acknowledged, resolved', 'raised,acknowledged')
    .option('--severity <severities>', 'of critical, high, medium, low')
    .option('--matcher <matchers...>', 'matchers such as provider="openai"')
    .option('--limit <n>', 'at most so many', '100')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether alerts list --severity critical,high\n');
  return withServerOptions(command).action(async (_own: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const query = new URLSearchParams({ limit: options.limit ?? '100' });
    if (options.state !== undefined) query.set('state', options.state);
    if (options.severity !== undefined) query.set('severity', options.severity);
    for (const matcher of options.matcher ?? []) query.append('matcher', matcher);
    const answer = await ask<AlertList>(options, environment, `?${query.toString()}`);
    print(options, answer, () => listText(answer));
  });
}

function showCommand(environment: Environment): Command {
  const command = new Command('show')
    .description('One alert with its history')
    .argument('<id>', 'as list shows it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether alerts show 3f2a9c1d-17\n');
  return withServerOptions(command).action(async (id: string, _own: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const answer = await ask<ShownAlert>(options, environment, `/${encodeURIComponent(id)}`);
    print(options, answer, () => showText(answer));
  });
}

function deedCommand(environment: Environment, name: string, path: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<id>', 'as list shows it')
    .option('--note <text>', 'what to remember about it')
    .option('--by <name>', 'who', 'cli')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExample:\n  bellwether alerts ${name} 3f2a9c1d-17 --by ada --note "the provider knows"\n`,
    );
  return withServerOptions(command).action(async (id: string, _own: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const { by, note } = options;
    const answer = await ask<AlertView>(options, environment, `/${encodeURIComponent(id)}/${path}`, {
      by,
      note,
    });
    print(options, answer, () => `${answer.id} is ${answer.state}.\n`);
  });
}

function snoozeCommand(environment: Environment): Command {
  const command = new Command('snooze')
    .description('Have an alert told no more for a while')
    .argument('<id>', 'as list shows it')
    .option('--for <duration>', 'such as 30m or 8h', '1h')
    .option('--note <text>', 'what to remember about it')
    .option('--by <name>', 'who', 'cli')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether alerts snooze 3f2a9c1d-17 --for 8h\n');
  return withServerOptions(command).action(async (id: string, _own: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    const { by, note } = options;
    const until = endOf(options.for ?? '1h');
    const answer = await ask<AlertView>(options, environment, `/${encodeURIComponent(id)}/snooze`, {
      by,
      note,
      until,
    });
    print(options, answer, () => `${answer.id} is snoozed until ${answer.suppressed.snoozed_until}.\n`);
  });
}

function silenceCommand(environment: Environment): Command {
  const command = new Command('silence')
    .description('Have alerts that match told no more until a time; without matchers, list the silences')
    .argument('[matchers...]', 'such as provider="openai"')
    .option('--for <duration>', 'such as 30m or 8h', '1h')
    .option('--comment <text>', 'why')
    .option('--by <name>', 'who', 'cli')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether alerts silence provider=openai severity=~"medium|low" --for 2h --comment "known outage"\n',
    );
  return withServerOptions(command).action(
    async (matchers: readonly string[], _own: Options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const { config } = configOf(options, environment);
      if (matchers.length === 0) {
        const answer = await askRunningServer<{ silences: SilenceView[] }>(
          options,
          config,
          '/api/v1/silences',
        );
        print(options, answer, () => silencesText(answer.silences));
        return;
      }
      const { by, comment } = options;
      const body = { matchers, ends_at: endOf(options.for ?? '1h'), by, comment };
      const silence = await askRunningServer<SilenceView>(options, config, '/api/v1/silences', body);
      print(options, silence, () => `Silence ${silence.id} ends at ${silence.ends_at}.\n`);
    },
  );
}

function ask<R>(options: Options, environment: Environment, path: string, body?: object): Promise<R> {
  const { config } = configOf(options, environment);
  return askRunningServer<R>(options, config, `/api/v1/alerts${path}`, body);
}

function endOf(duration: string): string {
  const seconds = parseDuration(duration, 'seconds');
  if (seconds === null || seconds <= 0)
    throw new CommandFailure(`${duration} is no duration such as 30m or 8h`);
  return new Date(systemClock.nowMs() + seconds * 1000).toISOString();
}

function print(options: Options, answer: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text());
}

function listText({ alerts, next }: AlertList): string {
  if (alerts.length === 0) return 'There is none.\n';
  const rows = alerts.map((alert) => [
    alert.id,
    alert.severity,
    keptBack(alert) ?? alert.state,
    alert.raised_at ?? alert.since,
    alert.name,
    alert.summary,
  ]);
  const more = next === null ? '' : 'There are more; --limit shows them.\n';
  return `${formatTable([['ALERT', 'SEVERITY', 'STATE', 'SINCE', 'NAME', 'SUMMARY'], ...rows])}${more}`;
}

/** The first reason why an alert is not told. */
function keptBack({ suppressed }: AlertView): string | null {
  if (suppressed.snoozed_until !== null) return 'snoozed';
  if (suppressed.silenced_by.length > 0) return 'silenced';
  if (suppressed.maintenance.length > 0) return 'maintenance';
  return suppressed.inhibited_by === null ? null : 'inhibited';
}

function showText(alert: ShownAlert): string {
  const facts = [
    ['alert', alert.id],
    ['name', alert.name],
    ['severity', alert.severity],
    ['state', alert.state],
    ['kept back', keptBack(alert) ?? 'no'],
    ['value', alert.value === null ? 'none' : String(alert.value)],
    ['threshold', String(alert.threshold)],
    [
      'labels',
      Object.entries(alert.labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(' '),
    ],
    ['summary', alert.summary],
    ['description', alert.description],
    ...(alert.runbook === '' ? [] : [['runbook', alert.runbook]]),
    ['incident', alert.incident ?? 'none'],
    ['channels', alert.channels.join(', ') || 'none'],
  ];
  const history = alert.history.map(({ at, action, actor, note }) => [at, action, actor, note]);
  return `${formatTable(facts)}\n${formatTable(history)}`;
}

function silencesText(silences: readonly SilenceView[]): string {
  if (silences.length === 0) return 'There is none.\n';
  const rows = silences.map((silence) => [
    silence.id,
    silence.state,
    silence.ends_at,
    silence.matchers.join(' '),
    silence.created_by,
    printable(silence.comment),
  ]);
  return formatTable([['SILENCE', 'STATE', 'ENDS', 'MATCHERS', 'BY', 'COMMENT'], ...rows]);
}
