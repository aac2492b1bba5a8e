/** For tests: configuration files on disk, and the faults of a configuration as lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ConfigInput, LoadedConfig } from './load.ts';
import { loadConfig } from './load.ts';
import { ConfigError } from './problems.ts';

/** A directory that is gone when the test has finished. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes a file that is gone when the test has finished. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, content);
  return file;
}

/** Loads a configuration file with this content and nothing else. */
export function loadText(content: string | Uint8Array, input: Partial<ConfigInput> = {}): LoadedConfig {
  return loadConfig({ file: temporaryFile('bellwether.yaml', content), environment: {}, ...input });
}

/** The faults of a configuration, one line each, with the directory of the file left out. */
export function faults(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.message.replaceAll(/[^\s"]*\/bellwether-\w+\//g, '').split('\n');
    }
    throw error;
  }
  return [];
}
