/** `bellwether token create|list|revoke`: who may ask the server what. */

import { BellwetherError } from '@bellwether/events';
import { Command, Option } from 'commander';
import { createAuditLog, createSecretRegistry, StateError } from '../audit/index.ts';
import { isRole, KeptTokens, type Role, roles } from '../auth/index.ts';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import { secretValues } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { readExpiry, type TokenView, viewToken } from '../http/token-routes.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer } from './store-access.ts';
import { formatTable } from './table.ts';

interface TokenOptions extends ServerOptions {
  readonly json?: boolean;
}

interface CreateOptions extends TokenOptions {
  readonly name: string;
  readonly role: readonly Role[];
  readonly tenant?: string;
  readonly expires?: string;
  readonly rate?: string;
}

const DAY_MS = 86_400_000;

/** Makes the command with its subcommands. */
export function tokenCommand(environment: Environment): Command {
  return new Command('token')
    .description('Make, list and revoke tokens')
    .addCommand(createCommand(environment))
    .addCommand(listCommand(environment))
    .addCommand(revokeCommand(environment));
}

function createCommand(environment: Environment): Command {
  const command = new Command('create')
    .description('Make a token and print it; it is shown only now')
    .requiredOption('--name <name>', 'what it is for, as the audit log will call it')
    .addOption(
      new Option('--role <role>', `may be repeated: ${roles.join(', ')}`)
        .argParser(readRole)
        .makeOptionMandatory(),
    )
    .option('--tenant <name>', 'only rows of this tenant, to write and to see')
    .option('--expires <when>', 'in so many days, e.g. 90d, or at an RFC 3339 time (default: never)')
    .option('--rate <number>', 'requests per second (default: as configured)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether token create --name gateway --role ingest --tenant acme --expires 90d\n',
    );
  return withServerOptions(command).action(async (options: CreateOptions) => {
    const body = {
      name: options.name,
      roles: options.role,
      ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
      ...(options.expires === undefined ? {} : { expires_at: expiryOf(options.expires) }),
      ...(options.rate === undefined ? {} : { rate_limit: rateOf(options.rate) }),
    };
    const made = await ask<TokenView & { token: string }>(
      options,
      environment,
      'POST',
      '',
      body,
      (tokens) => {
        const { token, text } = tokens.create({
          name: body.name,
          roles: body.roles,
          tenant: body.tenant ?? null,
          rateMax: body.rate_limit ?? null,
          expiresMs: body.expires_at === undefined ? null : readExpiry(body.expires_at, systemClock.nowMs()),
        });
        return { answer: { ...viewToken(token, systemClock.nowMs()), token: text }, change: 'token.created' };
      },
    );
    if (options.json === true) process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
    else {
      process.stderr.write(`Token ${made.id} (${made.name}). It is shown only now:\n`);
      process.stdout.write(`${made.token}\n`);
    }
  });
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('All tokens, revoked and expired ones too, without what is secret of them')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether token list --data ./data\n');
  return withServerOptions(command).action(async (options: TokenOptions) => {
    const { tokens } = await ask<{ tokens: TokenView[] }>(
      options,
      environment,
      'GET',
      '',
      undefined,
      (kept) => ({
        answer: { tokens: kept.list().map((token) => viewToken(token, systemClock.nowMs())) },
        change: null,
      }),
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(tokens, null, 2)}\n` : listText(tokens));
  });
}

function revokeCommand(environment: Environment): Command {
  const command = new Command('revoke')
    .description('Revoke a token; a running server refuses it at once')
    .argument('<id>', 'its id, or its name if no other has it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether token revoke gateway\n');
  return withServerOptions(command).action(async (id: string, options: TokenOptions) => {
    const path = `/${encodeURIComponent(id)}/revoke`;
    const token = await ask<TokenView>(options, environment, 'POST', path, undefined, (kept) => ({
      answer: viewToken(kept.revoke(id), systemClock.nowMs()),
      change: 'token.revoked',
    }));
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(token, null, 2)}\n`
        : `Revoked ${token.id} (${token.name}).\n`,
    );
  });
}

/** What was done where no server runs: its answer, and the action to be audited. */
interface Done<R> {
  readonly answer: R;
  readonly change: 'token.created' | 'token.revoked' | null;
}

/** Asks the running server, or does it in the data directory where none runs. */
async function ask<R>(
  options: TokenOptions,
  environment: Environment,
  method: 'GET' | 'POST',
  path: string,
  body: unknown,
  inDirectory: (tokens: KeptTokens) => Done<R>,
): Promise<R> {
  const { config } = configOf(options, environment);
  const url = options.url ?? findServer(config.storage.data_dir)?.url;
  if (url === undefined) return withoutServer(config, inDirectory);
  const response = await fetchFromServer(url, `/api/v1/tokens${path}`, options.token, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return (await response.json()) as R;
}

async function withoutServer<R>(config: Config, work: (tokens: KeptTokens) => Done<R>): Promise<R> {
  const dataDir = config.storage.data_dir;
  const audit = createAuditLog({
    dataDir,
    clock: systemClock,
    secrets: createSecretRegistry(secretValues(config)),
  });
  const tokens = new KeptTokens({ dataDir, clock: systemClock, onProblem: () => undefined });
  try {
    const { answer, change } = work(tokens);
    const { id, name } = answer as { id?: string; name?: string };
    if (change !== null)
      await audit.append({
        actor: 'command line',
        action: change,
        target: id ?? '',
        details: { name: name ?? '' },
      });
    return answer;
  } catch (error) {
    if (error instanceof BellwetherError || error instanceof StateError)
      throw new CommandFailure(error.message);
    throw error;
  } finally {
    tokens.close();
    await audit.close();
  }
}

function readRole(text: string, before: readonly Role[] | undefined): Role[] {
  if (!isRole(text))
    throw new CommandFailure(`--role takes ${roles.join(', ')}, not ${JSON.stringify(text)}`);
  return [...(before ?? []), text];
}

function expiryOf(text: string): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  return days === undefined ? text : new Date(systemClock.nowMs() + Number(days) * DAY_MS).toISOString();
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate >= 0) || text.trim() === '')
    throw new CommandFailure(`--rate takes a number, not ${JSON.stringify(text)}`);
  return rate;
}

function listText(tokens: readonly TokenView[]): string {
  if (tokens.length === 0) return 'There are no tokens.\n';
  const rows = tokens.map(({ id, name, roles: held, tenant, created_at, expires_at, state }) => [
    id,
    name,
    held.join(','),
    tenant ?? '(all)',
    created_at.slice(0, 10),
    expires_at?.slice(0, 10) ?? 'never',
    state,
  ]);
  return formatTable([['ID', 'NAME', 'ROLES', 'TENANT', 'CREATED', 'EXPIRES', 'STATE'], ...rows]);
}
