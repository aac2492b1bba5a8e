/**
 * The whole test run: installs what is missing, checks types, rules and form, runs
 * every test, and ends with one line that says how many passed. Plain JavaScript
 * without dependencies, since it runs before anything is installed.
 *
 * Arguments go to Vitest, e.g. `npm test -- packages/events`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { ensureServers } from './system-packages.mjs';

ensureInstalled();
ensureServers();

const bin = join(root, 'node_modules', '.bin');
const only = process.argv.slice(2);

const scratch = mkdtempSync(join(tmpdir(), 'bellwether-test-'));
// Hundreds of servers and commands are started: what Node has compiled for one is there for the others.
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  NODE_COMPILE_CACHE: join(scratch, 'compiled'),
};

if (only.length === 0) {
  step('types', 'tsc', ['-p', 'tsconfig.json']);
  step('rules', 'oxlint', ['--type-aware', '--quiet']);
  step('form', 'biome', ['format', '.']);
}
const results = join(scratch, 'results.json');
const status = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...only,
]);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'));
rmSync(scratch, { recursive: true });
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exit(status);

function step(name, command, args) {
  console.log(`\n— ${name}`);
  const status = run(command, args);
  if (status !== 0) process.exit(status);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}
