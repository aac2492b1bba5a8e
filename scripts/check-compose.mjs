/**
 * The Compose file, loaded by the reference implementation of the Compose
 * specification, which checks it against the schema and resolves it. Needs Go to
 * build it. Plain JavaScript without dependencies.
 *
 * Usage: npm run check:compose
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { goTool } from './go-tool.mjs';
import { root } from './install.mjs';

const compose = goTool('compose-go', 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2');
const file = join(root, 'deploy/compose/compose.yaml');
const { status, stdout, stderr, error } = spawnSync(compose, [file], { encoding: 'utf8' });
if (error) throw error;
if (status !== 0) {
  console.error(`check:compose: ${stdout}${stderr}`);
  process.exit(1);
}
console.log('ok: deploy/compose/compose.yaml');
