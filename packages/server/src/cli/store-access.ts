/**
 * How commands reach the data: through the server that holds them if one runs, or
 * by opening them.
 */

import { existsSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { JournalError } from '../journal/submission.ts';
import { silentLog } from '../log.ts';
import { LEDGER_BEHIND_HEADER } from '../http/ledger-question.ts';
import type { Stores } from '../stores.ts';
import { CommandFailure } from './command-failure.ts';
import type { ServerOptions } from './common-options.ts';
import { ledgerProblem, whyNotReady } from './ledger-answer.ts';

/** How long a server may take to answer. */
const ANSWER_MS_MAX = 120_000;

/** What is said beside figures that are of less than was acknowledged. */
const LEDGER_BEHIND =
  'The ledger is still taking in what the journal has: these figures are without the last of it. Ask again in a while.\n';

/**
 * Asks a question of the running server, or of the stores if none runs.
 *
 * @param path the path and query of the server's answer, as JSON.
 * @param fromStores answers without a server.
 */
export async function askServerOrStores<R>(
  options: ServerOptions,
  config: Config,
  path: string,
  fromStores: (stores: Stores) => Promise<R>,
): Promise<R> {
  return serverOrStores(options, config, (url) => askServer<R>(url, path, options.token), fromStores);
}

/**
 * Does something with the running server, or with the stores if none runs.
 *
 * @param withServer is given the server's address.
 */
export async function serverOrStores<R>(
  options: ServerOptions,
  config: Config,
  withServer: (url: string) => Promise<R>,
  fromStores: (stores: Stores) => Promise<R>,
): Promise<R> {
  const url = options.url ?? findServer(config.storage.data_dir)?.url;
  if (url !== undefined) return withServer(url);
  const dataDirectory = config.storage.data_dir;
  if (!existsSync(join(dataDirectory, 'journal'))) {
    throw new CommandFailure(
      `there are no data in ${dataDirectory}, and no server runs on it; name another directory with --data`,
    );
  }
  const silent = await ledgerProblem(config);
  if (silent !== null) throw new CommandFailure(silent);
  const stores = await open(config);
  try {
    const problem = await whyNotReady(stores);
    if (problem !== null) throw new CommandFailure(`the ledger cannot be used: ${problem}`);
    return await fromStores(stores);
  } finally {
    await stores.close();
  }
}

async function askServer<R>(url: string, path: string, token: string | undefined): Promise<R> {
  const response = await fetchFromServer(url, path, token, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  const answer = (await response.json()) as R;
  if (response.headers.has(LEDGER_BEHIND_HEADER)) process.stderr.write(LEDGER_BEHIND);
  return answer;
}

/**
 * Asks a server for an answer that is read as it comes, for as long as it takes.
 *
 * @throws CommandFailure as {@link fetchFromServer} does.
 */
export async function streamFromServer(
  url: string,
  path: string,
  token: string | undefined,
  init: { readonly method?: string; readonly body?: string } = {},
): Promise<IncomingMessage> {
  const address = new URL(path, url);
  const request = (address.protocol === 'https:' ? requestHttps : requestHttp)(address, {
    method: init.method ?? 'GET',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.end(init.body);
  }).catch((error: unknown) => {
    throw new CommandFailure(`the server at ${url} does not answer: ${(error as Error).message}`);
  });
  if (response.statusCode === 200) return response;
  const answer = await json(response).catch(() => ({}));
  const { error } = answer as { error?: { message: string } };
  throw new CommandFailure(`the server at ${url} says: ${error?.message ?? response.statusMessage}`);
}

/**
 * Sends a request to a server.
 *
 * @throws CommandFailure if it does not answer or refuses, with its own words.
 */
export async function fetchFromServer(
  url: string,
  path: string,
  token: string | undefined,
  init: RequestInit = {},
): Promise<Response> {
  if (!URL.canParse(path, url) || !/^https?:/.test(url))
    throw new CommandFailure(`${url} is not an http or https address`);
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(new URL(path, url), { ...init, headers }).catch((error: unknown) => {
    throw new CommandFailure(
      `the server at ${url} does not answer: ${(error as { cause?: Error }).cause?.message ?? String(error)}`,
    );
  });
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message: string } };
  throw new CommandFailure(`the server at ${url} says: ${body.error?.message ?? response.statusText}`);
}

async function open(config: Config): Promise<Stores> {
  const { openStores } = await import('../stores.ts');
  try {
    return await openStores({ config, clock: systemClock, log: silentLog, actor: 'command line' });
  } catch (error) {
    if (error instanceof JournalError)
      throw new CommandFailure(`the data directory cannot be opened: ${error.message}`);
    throw error;
  }
}
