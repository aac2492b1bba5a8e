#!/usr/bin/env node
/**
 * Starts the CLI. What was compiled is run if it is there and no source is newer;
 * else the sources are, which Node 24 runs as they are. So a published package
 * runs its JavaScript, and a checkout never runs anything older than its sources.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/main.ts', import.meta.url);
const compiled = new URL('../dist/main.js', import.meta.url);
/** The sources of the sibling packages are found under this export condition, which has to be given when Node starts. */
const condition = '--conditions=source';

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`bellwether needs Node 24 or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(sources) || isUpToDate()) {
  enableCompileCache();
  await import(compiled.href);
} else if (process.execArgv.includes(condition)) {
  enableCompileCache();
  await import(sources.href);
} else {
  // Replaces this process, so that signals and the exit status need no forwarding.
  const options = [condition, '--disable-warning=ExperimentalWarning'];
  process.execve(process.execPath, [process.execPath, ...options, ...process.argv.slice(1)]);
}

/** True if all packages were compiled after their last change. */
function isUpToDate() {
  const packages = new URL('../../', import.meta.url);
  return ['metrics', 'events', 'server'].every((name) => {
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
