/**
 * Starts a command of the project from a checkout, whatever Node the machine has:
 * installs the dependencies and compiles the sources when they have changed, then
 * runs the CLI on the pinned Node. Plain JavaScript without dependencies, since it
 * runs before anything is installed.
 *
 * Usage: node scripts/run.mjs COMMAND [ARGUMENT...]
 */
import { spawn } from 'node:child_process';
import { build } from './compile.mjs';
import { ensureInstalled, pinnedNode, root } from './install.mjs';

ensureInstalled();
build();
const child = spawn(pinnedNode(), [`${root}/packages/server/bin/bellwether.js`, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
