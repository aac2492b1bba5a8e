#!/usr/bin/env node
/**
 * Starts the CLI. What was compiled is run if it is there and no source is newer;
 * else the sources are, which Node 24 runs as they are. So a published package
 * runs its JavaScript, and a checkout never runs anything older than its sources.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/main.ts', import.meta.url);
const compiled = new URL('../dist/main.js', import.meta.url);
/** The sources of the sibling packages are found under this export condition, which has to be given when Node starts. */
const condition = '--conditions=source';

/**
 * Bounds of the heap. Left to itself it grows under load to what the machine has:
 * with these, and few allocation arenas, the server was measured at 250 MB after
 * 600,000 events instead of 360 MB.
 */
const memoryOptions = ['--max-old-space-size=512', '--max-semi-space-size=16'];

/**
 * How glibc allocates what is outside of the heap: from few arenas, and large blocks of payload straight from the system,
 * to which they go back at once. Left to itself it would come to keep blocks of up to 32 MiB, and holes between them.
 */
const allocation = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '8388608',
};

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`bellwether needs Node 24 or newer; this is ${process.version}.`);
  process.exit(1);
}
const program = !existsSync(sources) || isUpToDate() ? compiled : sources;
const options = [
  ...memoryOptions,
  ...(program === sources ? [condition, '--disable-warning=ExperimentalWarning'] : []),
];
if (options.every((option) => process.execArgv.includes(option))) {
  modules.enableCompileCache();
  await import(program.href);
} else {
  // Replaces this process, so that signals and the exit status need no forwarding.
  const environment = { ...allocation, ...process.env };
  process.execve(
    process.execPath,
    [process.execPath, ...options, ...process.execArgv, ...process.argv.slice(1)],
    environment,
  );
}

/** True if all packages were compiled after their last change. */
function isUpToDate() {
  const packages = new URL('../../', import.meta.url);
  return ['metrics', 'events', 'monitoring', 'server'].every((name) => {
    const dist = fileURLToPath(new URL(`${name}/dist/index.js`, packages));
    return (
      existsSync(dist) &&
      statSync(dist).mtimeMs >= newestChange(fileURLToPath(new URL(`${name}/src`, packages)))
    );
  });
}

function newestChange(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) =>
    entry.isFile(),
  );
  return entries.reduce(
    (newest, entry) => Math.max(newest, statSync(`${entry.parentPath}/${entry.name}`).mtimeMs),
    0,
  );
}
