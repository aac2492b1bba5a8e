#!/usr/bin/env node
/**
 * Starts the CLI. A published package holds compiled JavaScript and runs that; a
 * checkout holds the sources, which Node 24 runs as they are, so they can never be
 * older than what is on the screen. The sources of the sibling packages are found
 * under the export condition `source`, which has to be given when Node starts.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const sources = new URL('../src/main.ts', import.meta.url);
const compiled = new URL('../dist/main.js', import.meta.url);
const condition = '--conditions=source';

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`bellwether needs Node 24 or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(fileURLToPath(sources))) {
  enableCompileCache();
  await import(compiled.href);
} else if (process.execArgv.includes(condition)) {
  enableCompileCache();
  await import(sources.href);
} else {
  // Replaces this process, so that signals and the exit status need no forwarding.
  process.execve(process.execPath, [
    process.execPath,
    condition,
    '--disable-warning=ExperimentalWarning',
    ...process.argv.slice(1),
  ]);
}
