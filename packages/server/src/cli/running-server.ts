/** Commands about what only a running server has. */

import type { Config } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { CommandFailure } from './command-failure.ts';
import type { ServerOptions } from './common-options.ts';
import { fetchFromServer } from './store-access.ts';

const ANSWER_MS_MAX = 60_000;

/**
 * Asks the running server; with a body by POST.
 *
 * @throws CommandFailure if none runs, or it refuses, with its own words.
 */
export async function askRunningServer<R>(
  options: ServerOptions,
  config: Config,
  path: string,
  body?: object,
): Promise<R> {
  const url = options.url ?? findServer(config.storage.data_dir)?.url;
  if (url === undefined)
    throw new CommandFailure(
      `no server runs on ${config.storage.data_dir}; start it, or name one with --url`,
    );
  const response = await fetchFromServer(url, path, options.token, {
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return (await response.json()) as R;
}
