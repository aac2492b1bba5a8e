/**
 * The CLI `bellwether`: its commands, and what they have in common. A failure is
 * one line on standard error and a non-zero exit status.
 */

import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/index.ts';
import { version } from '../version.ts';
import { CommandFailure } from './command-failure.ts';
import { reportCommand } from './report.ts';
import { serveCommand } from './serve.ts';
import { verifyCommand } from './verify.ts';

/** The program with all its commands. */
export function program(environment: Environment): Command {
  const root = new Command('bellwether')
    .description('What your LLM traffic costs, how well it serves its users, and what it will do next.')
    .version(version)
    .showHelpAfterError('(bellwether --help lists the commands)');
  for (const command of [serveCommand(environment), reportCommand(environment), verifyCommand(environment)]) {
    root.addCommand(command);
  }
  return root;
}

/** Runs a command line and sets the exit status. */
export async function run(argv: readonly string[], environment: Environment): Promise<void> {
  try {
    await program(environment).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    process.stderr.write(
      `bellwether: ${error instanceof CommandFailure ? error.message : describe(error)}\n`,
    );
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
