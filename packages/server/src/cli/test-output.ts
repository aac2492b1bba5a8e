/** For tests: runs a command as the command line would, and gives what it wrote and its exit status. */

import type { Command } from 'commander';
import { onTestFinished } from 'vitest';
import { CommandFailure } from './command-failure.ts';
import type { Output } from './output.ts';

/** What a command left behind. */
export interface CommandResult {
  readonly written: string;
  /** The message of the failure that ended it, or `null`. */
  readonly failure: string | null;
  readonly exitCode: number;
}

/** Runs a command with these arguments. */
export async function runCommand(
  make: (output: Output) => Command,
  ...options: readonly string[]
): Promise<CommandResult> {
  const before = process.exitCode;
  onTestFinished(() => {
    process.exitCode = before;
  });
  process.exitCode = 0;
  let written = '';
  const command = make({ write: (text) => (written += text) });
  let failure: string | null = null;
  try {
    await command.parseAsync(options, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    failure = error.message;
    process.exitCode = 1;
  }
  const exitCode = process.exitCode;
  process.exitCode = before;
  return { written, failure, exitCode };
}
