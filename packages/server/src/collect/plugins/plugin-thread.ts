/**
 * The thread of one plugin: loads its module once, and runs its functions when asked.
 * Whatever the module does, it happens here, and the server can end it.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { PluginAnswer, PluginRequest, PluginThreadData } from './messages.ts';
import { type PluginShape, shapeOf } from './contract.ts';

const port = parentPort;
if (port === null) throw new Error('Plugins run in threads of the server.');
const { url, options } = workerData as PluginThreadData;

type Run = (context: { readonly options: typeof options; readonly signal: AbortSignal }) => unknown;

/** The functions of the plugin, by name; `''` is the collector. */
const functions = new Map<string, Run>();
const underWay = new Map<number, AbortController>();

function tell(answer: PluginAnswer): void {
  port?.postMessage(answer);
}

function fail(number: number | null, error: unknown): void {
  const { message = String(error), code = '' } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  tell({ kind: 'failed', number, message, code });
}

function keep(exported: Record<string, unknown>, { families, checks }: PluginShape): void {
  if (families.length > 0) functions.set('', (exported['collect'] as Run).bind(exported));
  const given = (exported['checks'] ?? []) as { readonly name: string; readonly run: Run }[];
  for (const check of given) functions.set(check.name, check.run.bind(check));
  tell({ kind: 'loaded', shape: { families, checks } });
}

async function run(number: number, name: string): Promise<void> {
  const abort = new AbortController();
  underWay.set(number, abort);
  try {
    const value: unknown = await functions.get(name)?.({ options, signal: abort.signal });
    tell({ kind: 'done', number, value });
  } catch (error) {
    fail(number, error);
  } finally {
    underWay.delete(number);
  }
}

port.on('message', (request: PluginRequest) => {
  if (request.kind === 'abort') underWay.get(request.number)?.abort();
  else void run(request.number, request.kind === 'check' ? request.name : '');
});

try {
  const { default: exported } = (await import(url)) as { readonly default: unknown };
  keep(exported as Record<string, unknown>, shapeOf(exported));
} catch (error) {
  fail(null, error);
}
