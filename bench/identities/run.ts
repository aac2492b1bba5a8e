/**
 * The benchmarks of the identity store, each in a process of its own so that none
 * profits from another's warmth: hashing, then 1 and 10 million identities taken
 * in one by one, then 50 million written directly.
 *
 * Usage: npm run bench -- identities
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benchmarks = [['hash.ts'], ['store.ts', '1'], ['store.ts', '10'], ['large.ts', '50']] as const;

for (const [script, ...parameters] of benchmarks) {
  console.log(`\n${[script, ...parameters].join(' ')}`);
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status } = spawnSync(process.execPath, [...process.execArgv, path, ...parameters], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
