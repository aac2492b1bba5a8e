/** Writes generated files below a folder, each whole, and says which changed. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files } from '@bellwether/monitoring';
import { CommandFailure } from '../command-failure.ts';
import type { Output } from '../output.ts';

/** Writes them. Other files of the folder stay. @throws CommandFailure if a file cannot be written. */
export function writeFiles(folder: string, files: Files, output: Output): void {
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      const before = readIfThere(path);
      if (before !== text) {
        mkdirSync(dirname(path), { recursive: true });
        // Prometheus may read the file at any moment: it sees the old one or the new one.
        writeFileSync(`${path}.new`, text);
        renameSync(`${path}.new`, path);
      }
      output.write(
        `${before === null ? 'written  ' : before === text ? 'unchanged' : 'changed  '} ${path}\n`,
      );
    }
  } catch (error) {
    throw new CommandFailure(
      `the files cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
