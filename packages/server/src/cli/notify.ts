/** `bellwether notify`: do messages arrive, and which did not? Messages are sent by a running server. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import type { MessageView, NotificationsView } from '../http/notification-routes.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askRunningServer } from './running-server.ts';
import { formatTable, printable } from './table.ts';

interface NotifyOptions extends ServerOptions {
  readonly json?: boolean;
  readonly state?: string;
  readonly by?: string;
}

/** Makes the command with its subcommands. */
export function notifyCommand(environment: Environment): Command {
  return new Command('notify')
    .description('Channels and notifications of a running server')
    .addCommand(testCommand(environment))
    .addCommand(listCommand(environment))
    .addCommand(retryCommand(environment));
}

function testCommand(environment: Environment): Command {
  const command = new Command('test')
    .description('Send a test message to a channel; fails if it does not arrive')
    .argument('<channel>', 'as the configuration names it')
    .option('--by <name>', 'who', 'cli')
    .addHelpText('after', '\nExample:\n  bellwether notify test team-slack\n');
  return withServerOptions(command).action(async (channel: string, _own: NotifyOptions, self: Command) => {
    const options = self.optsWithGlobals<NotifyOptions>();
    const { config } = configOf(options, environment);
    const body = { channel, by: options.by };
    const answer = await askRunningServer<{ delivered: boolean; problem: string | null }>(
      options,
      config,
      '/api/v1/notifications/test',
      body,
    );
    if (!answer.delivered) throw new CommandFailure(`${channel} did not take it: ${answer.problem}`);
    process.stdout.write(`${channel} took it.\n`);
  });
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('How the channels do, and the messages that wait or were put aside')
    .option('--state <state>', 'of waiting, sent, dead', 'dead')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether notify list --state dead\n');
  return withServerOptions(command).action(async (_own: NotifyOptions, self: Command) => {
    const options = self.optsWithGlobals<NotifyOptions>();
    const { config } = configOf(options, environment);
    const query = new URLSearchParams({ state: options.state ?? 'dead' });
    const answer = await askRunningServer<NotificationsView>(
      options,
      config,
      `/api/v1/notifications?${query.toString()}`,
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : listText(answer));
  });
}

function retryCommand(environment: Environment): Command {
  const command = new Command('retry')
    .description('Send a message that was put aside again')
    .argument('<id>', 'as list shows it')
    .option('--by <name>', 'who', 'cli')
    .addHelpText('after', '\nExample:\n  bellwether notify retry 0b0e8a3e-8f0f-4f0c-9a8e-6a5d0c9d1c11\n');
  return withServerOptions(command).action(async (id: string, _own: NotifyOptions, self: Command) => {
    const options = self.optsWithGlobals<NotifyOptions>();
    const { config } = configOf(options, environment);
    const path = `/api/v1/notifications/${encodeURIComponent(id)}/retry`;
    const message = await askRunningServer<MessageView>(options, config, path, { by: options.by });
    process.stdout.write(`It is sent to ${message.channel} again.\n`);
  });
}

function listText({ channels, messages }: NotificationsView): string {
  if (channels.length === 0) return 'No channel is declared.\n';
  const rows = channels.map(({ channel, type, sent, waiting, dead, problem }) => [
    channel,
    type,
    String(sent),
    String(waiting),
    String(dead),
    printable(problem ?? ''),
  ]);
  const head = ['CHANNEL', 'TYPE', 'SENT', 'WAITING', 'PUT ASIDE', 'PROBLEM'];
  const listed = messages.map((message) => [
    message.id,
    message.channel,
    message.created_at,
    printable(message.title),
    printable(message.error ?? ''),
  ]);
  const table =
    listed.length === 0
      ? ''
      : `\n${formatTable([['MESSAGE', 'CHANNEL', 'OF', 'TITLE', 'ERROR'], ...listed])}`;
  return `${formatTable([head, ...rows])}${table}`;
}
