/**
 * Real traffic that lies beside a checkout, not in it. In somebody's plain clone it
 * is absent, and the tests that read it are skipped with a message; in CI they may not be.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from './running-server.ts';

/** The path of a file of the shared data, or null if it is absent. */
export function sharedFile(path: string): string | null {
  const file = join(root, '..', 'shared', 'data', path);
  if (existsSync(file)) return file;
  if (process.env.CI === 'true')
    throw new Error(`${path} is absent from the shared data, and in CI nothing is skipped.`);
  process.stderr.write(`skipped: ${path} is not there (shared data beside the checkout)\n`);
  return null;
}

export const azureTrace = sharedFile('azure-llm-2023/AzureLLMInferenceTrace_code.csv.gz');

/** Rows and token sums of the Azure trace, read without any code of ours. */
export function azureSums(file: string): {
  readonly rows: number;
  readonly input: number;
  readonly output: number;
} {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1);
  const column = (i: number): number => lines.reduce((sum, line) => sum + Number(line.split(',')[i]), 0);
  return { rows: lines.length, input: column(1), output: column(2) };
}
