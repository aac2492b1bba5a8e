/**
 * Compiles the packages to `dist/`, each only if a source of it is newer: JavaScript,
 * declarations, and the files that the code reads. Plain JavaScript without
 * dependencies of its own, since it runs on whatever Node the machine has.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** In the order of their imports. */
const packages = ['metrics', 'events', 'sdk', 'monitoring', 'server'];

/** Brings every `dist/` up to date. */
export function build() {
  let stale = false;
  for (const name of packages) {
    const folder = join(root, 'packages', name);
    if (!existsSync(join(folder, 'tsconfig.build.json'))) continue;
    // What a package is compiled against may have changed with it.
    stale = stale || isStale(folder);
    if (stale) compile(folder);
  }
}

function isStale(folder) {
  const dist = join(folder, 'dist', 'index.js');
  return !existsSync(dist) || statSync(dist).mtimeMs < newestChange(join(folder, 'src'));
}

function newestChange(folder) {
  const files = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(...files);
}

function compile(folder) {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { status, error } = spawnSync(tsc, ['-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) {
    // Half a package would be taken for a whole one.
    rmSync(join(folder, 'dist'), { recursive: true, force: true });
    process.exit(status ?? 1);
  }
  const migrations = join(folder, 'src', 'ledger', 'migrations');
  if (existsSync(migrations))
    cpSync(migrations, join(folder, 'dist', 'ledger', 'migrations'), { recursive: true });
  // A package has no checkout around it. Where the documentation is missing, the server answers without it.
  const docs = join(root, 'docs');
  if (folder.endsWith('server') && existsSync(docs))
    cpSync(docs, join(folder, 'dist', 'docs'), { recursive: true });
}
