/**
 * The CLI `bellwether`: its commands, and what they have in common. Only the command
 * that is asked for is loaded, so that a server does not carry what it never uses. A
 * failure is one line on standard error and a non-zero exit status.
 */

import { BellwetherError } from '@bellwether/events';
import { Command, CommanderError } from 'commander';
import type { Environment } from '../config/index.ts';
import { version } from '../version.ts';
import { EncryptionError } from '../encryption/index.ts';
import { CommandFailure } from './command-failure.ts';

type MakeCommand = (environment: Environment) => Command;

/** The commands by name, each with how to load it. */
const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  detect: async () => {
    const { detectCommand } = await import('./detect.ts');
    return () => detectCommand();
  },
  trends: async () => (await import('./trends.ts')).trendsCommand,
  regressions: async () => (await import('./regressions.ts')).regressionsCommand,
  anomalies: async () => (await import('./anomalies.ts')).anomaliesCommand,
  forecast: async () => (await import('./forecast.ts')).forecastCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
  price: async () => (await import('./price.ts')).priceCommand,
  reconcile: async () => (await import('./reconcile.ts')).reconcileCommand,
  rerate: async () => (await import('./rerate.ts')).rerateCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  'what-if': async () => (await import('./what-if.ts')).whatIfCommand,
  advice: async () => (await import('./advice.ts')).adviceCommand,
  objectives: async () => (await import('./objectives.ts')).objectivesCommand,
  deployments: async () => (await import('./deployments.ts')).deploymentsCommand,
  targets: async () => (await import('./targets.ts')).targetsCommand,
  budgets: async () => (await import('./budgets.ts')).budgetsCommand,
  alerts: async () => (await import('./alerts.ts')).alertsCommand,
  notify: async () => (await import('./notify.ts')).notifyCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  archive: async () => (await import('./archive.ts')).archiveCommand,
  backup: async () => (await import('./backup.ts')).backupCommand,
  restore: async () => (await import('./restore.ts')).restoreCommand,
  erase: async () => (await import('./erase.ts')).eraseCommand,
  retention: async () => (await import('./retention.ts')).retentionCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  generate: async () => (await import('./generate/generate.ts')).generateCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  doctor: async () => (await import('./doctor/doctor.ts')).doctorCommand,
  token: async () => (await import('./token.ts')).tokenCommand,
  reload: async () => (await import('./reload.ts')).reloadCommand,
  healthcheck: async () => (await import('./healthcheck.ts')).healthcheckCommand,
};

/** The program with the command that is named first, or with all of them if none is. */
async function makeProgram(argv: readonly string[], environment: Environment): Promise<Command> {
  const root = new Command('bellwether')
    .description('What your LLM traffic costs, how well it serves its users, and what it will do next.')
    .version(version)
    // Only before a command does --version ask for ours: `deployments add` has one of its own.
    .enablePositionalOptions()
    .showHelpAfterError('(bellwether --help lists the commands)');
  root.hook('preAction', async (_root, command) => {
    const { completeToken } = await import('./server-token.ts');
    completeToken(command, environment);
  });
  const named = argv[2] ?? '';
  const wanted = Object.hasOwn(commands, named) ? [commands[named]] : Object.values(commands);
  for (const load of wanted) {
    if (load !== undefined) root.addCommand((await load())(environment));
  }
  return root;
}

/** Runs a command line and sets the exit status. */
export async function run(argv: readonly string[], environment: Environment): Promise<void> {
  // Whoever reads no further, such as `head`, has seen enough; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const program = await makeProgram(argv, environment);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    const isExpected =
      error instanceof CommandFailure || error instanceof BellwetherError || error instanceof EncryptionError;
    process.stderr.write(`bellwether: ${isExpected ? error.message : describe(error)}\n`);
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
