/**
 * Kills the server and cuts its power under load, many times, and prints a table; see
 * `tests/torture/run.ts`. Plain JavaScript, since it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from './compile.mjs';
import { ensureInstalled, pinnedNode, root } from './install.mjs';

ensureInstalled();
// Compiled, the server starts in a fraction of the time.
build();
const { status } = spawnSync(
  pinnedNode(),
  [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    join(root, 'tests/torture/run.ts'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
