/**
 * Loaded into a server before everything else, in each of its threads: kills the process
 * where a named point of `crash-points.ts` is passed that is chosen. Only tests load it.
 */

import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { createClient } from '@clickhouse/client';
import { CHOICE_VARIABLE, crashPoints, type MethodPoint, type StatementPoint } from './crash-points.ts';

/** Set in the process that is the server, for its threads, since only that knows whether it runs sources. */
const PROGRAM_VARIABLE = 'BELLWETHER_TEST_CRASH_PROGRAM';
/** Identities at which a table is sealed here: there would be none in a short test otherwise. */
const SEALED_IDENTITIES = 1000;
/** Runs of identities are half written when so many entries are. */
const HALF_RUN = SEALED_IDENTITIES / 2;

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

const choice = process.env[CHOICE_VARIABLE] ?? '';
const isServer = isMainThread
  ? process.execArgv.some((option) => option.startsWith('--max-old-space-size')) &&
    process.argv.includes('serve')
  : process.env[PROGRAM_VARIABLE] !== undefined;

if (choice !== '' && isServer) {
  if (isMainThread) {
    const isSource = process.execArgv.includes('--conditions=source');
    process.env[PROGRAM_VARIABLE] = isSource ? 'src .ts' : 'dist .js';
  }
  const [folder = '', ending = ''] = process.env[PROGRAM_VARIABLE]?.split(' ') ?? [];
  const load = (module: string) => import(`../../packages/server/${folder}/${module}${ending}`);
  for (const [name, point] of Object.entries(crashPoints)) {
    if ('module' in point) surround(name, point, (await load(point.module)) as Record<string, never>);
    else if (isMainThread) surroundStatements(name, point);
  }
  sealOften((await load('journal/identities/tables')) as Record<string, never>);
}

/** Ends the process at once if this point is chosen. */
function pass(name: string): void {
  if (readFileSync(choice, 'utf8') !== name) return;
  process.kill(process.pid, 'SIGKILL');
  // Nothing more of this thread, until the signal has come.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function surround(name: string, point: MethodPoint, module: Record<string, { prototype: object }>): void {
  const { prototype } = module[point.className] as { prototype: Record<string, Method> };
  const { method } = point;
  const original = prototype[method];
  if (original === undefined) throw new Error(`${point.className} has no method ${method}.`);
  let calls = 0;
  prototype[method] = function (...parameters) {
    calls += 1;
    if (point.when === 'before') pass(name);
    const result = original.apply(this, parameters);
    // Entries of a run are too many to look at each.
    if (point.when === 'before' || (point.className === 'RunWriter' && calls % HALF_RUN !== 0)) return result;
    if (!(result instanceof Promise)) {
      pass(name);
      return result;
    }
    return result.then((value: unknown) => {
      pass(name);
      return value;
    });
  };
}

function surroundStatements(name: string, point: StatementPoint): void {
  // Not of the class that is exported: that is another one.
  const prototype = Object.getPrototypeOf(createClient()) as Record<'exec', Method>;
  const original = prototype.exec;
  prototype.exec = function (...parameters) {
    const { query } = parameters[0] as { query: string };
    if (!query.startsWith(point.statement)) return original.apply(this, parameters);
    if (point.when === 'before') pass(name);
    const result = original.apply(this, parameters) as Promise<unknown>;
    // By then a part of the statement has been written to the engine's socket.
    if (point.when === 'sent') setTimeout(() => pass(name), 2);
    if (point.when !== 'after') return result;
    return result.then((value) => {
      pass(name);
      return value;
    });
  };
}

/** Has tables of identities be sealed when they are small. */
function sealOften({ Tables }: Record<string, { prototype: object }>): void {
  const prototype = Tables?.prototype as unknown as Record<'commit', Method>;
  const original = prototype.commit;
  prototype.commit = function (...parameters) {
    original.apply(this, parameters);
    const tables = this as { readonly active: { readonly committed: number }; freeze(): void };
    if (tables.active.committed >= SEALED_IDENTITIES) tables.freeze();
  };
}
