/** Long work of a server, from the command line: its progress on standard error, its result at the end. */

import { BellwetherError } from '@bellwether/events';
import { CommandFailure } from './command-failure.ts';
import { streamFromServer } from './store-access.ts';

/** Has the server do it. */
export async function runOnServer<R>(
  url: string,
  path: string,
  token: string | undefined,
  body: unknown,
  onProgress: (progress: never) => void,
): Promise<R> {
  const answer = await streamFromServer(url, path, token, { method: 'POST', body: JSON.stringify(body) });
  let rest = '';
  let result: { readonly value: R } | null = null;
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as { progress?: never; result?: R; error?: { message: string } };
      if (said.error !== undefined) throw new CommandFailure(said.error.message);
      if (said.progress !== undefined) onProgress(said.progress);
      if (said.result !== undefined) result = { value: said.result };
    }
  }
  if (result === null) throw new CommandFailure(`the server at ${url} ended before the work did`);
  return result.value;
}

/** Makes what the ledger refuses a failure of the command. */
export async function asFailure<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BellwetherError) throw new CommandFailure(error.message);
    throw error;
  }
}
