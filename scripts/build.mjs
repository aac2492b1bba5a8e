/**
 * Compiles every package to `dist/` for publication: JavaScript, declarations and
 * the files that the code reads. A checkout needs no build to run.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();
const order = ['metrics', 'events', 'sdk', 'monitoring', 'server'];
const packages = readdirSync(join(root, 'packages')).sort((a, b) => order.indexOf(a) - order.indexOf(b));
for (const name of packages) {
  const folder = join(root, 'packages', name);
  if (!existsSync(join(folder, 'tsconfig.build.json'))) continue;
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(tsc, ['-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  const migrations = join(folder, 'src', 'ledger', 'migrations');
  if (existsSync(migrations))
    cpSync(migrations, join(folder, 'dist', 'ledger', 'migrations'), { recursive: true });
  console.log(`built packages/${name}`);
}
