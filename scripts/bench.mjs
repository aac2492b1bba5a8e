/**
 * Runs the benchmarks on two cores, one after the other: every `run.ts` below
 * `bench/`, or those whose folder is named.
 *
 * Usage: npm run bench [-- FOLDER...]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './compile.mjs';
import { ensureInstalled, pinnedNode, root } from './install.mjs';

ensureInstalled();
build();
const wanted = process.argv.slice(2);
const folders = readdirSync(join(root, 'bench')).filter((name) =>
  existsSync(join(root, 'bench', name, 'run.ts')),
);
// Two cores are what the figures are stated for; where taskset is absent the run says how many it had.
const pin = spawnSync('taskset', ['--version']).status === 0 ? ['taskset', '-c', '0,1'] : [];
for (const name of wanted.length === 0 ? folders : wanted) {
  console.log(`\n== ${name}`);
  const [command, ...args] = [
    ...pin,
    pinnedNode(),
    '--conditions=source',
    '--expose-gc',
    '--disable-warning=ExperimentalWarning',
  ];
  const { status } = spawnSync(command, [...args, join(root, 'bench', name, 'run.ts')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
