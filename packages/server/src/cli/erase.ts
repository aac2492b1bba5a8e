/** `bellwether erase`: erases a user from everything that the server keeps. */

import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import type { ErasureReport } from '../erasure/user-erasures.ts';
import { silentLog } from '../log.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { asFailure, runOnServer } from './long-work.ts';
import { serverOrStores } from './store-access.ts';

interface EraseOptions extends ServerOptions {
  readonly user: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

/** Makes the command. */
export function eraseCommand(environment: Environment): Command {
  const command = new Command('erase')
    .description(
      'Erase a user from the ledger, the journal, the archive and kept exports; costs stay what they are',
    )
    .requiredOption('--user <id>', "the user's id as it was sent")
    .option('--tenant <tenant>', 'in this tenant only (default: in all)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  bellwether erase --user u-1234\n');
  return withServerOptions(command).action((options: EraseOptions) => erase(options, environment));
}

async function erase(options: EraseOptions, environment: Environment): Promise<void> {
  const { user, tenant } = options;
  const { config } = configOf(options, environment);
  const onStep = ({ step }: { readonly step: string }): void => {
    process.stderr.write(`erasing: ${step}\n`);
  };
  const body = tenant === undefined ? { user } : { user, tenant };
  const report = await serverOrStores<ErasureReport>(
    options,
    config,
    (url) => runOnServer(url, '/api/v1/erasures', options.token, body, onStep),
    async (stores) => {
      const [{ makeErasures }, { pseudonymsOf, readPseudonymKey }, { auditOfCommand }] = await Promise.all([
        import('../open-erasures.ts'),
        import('../ingest/pseudonyms.ts'),
        import('./keeping-access.ts'),
      ]);
      const audit = auditOfCommand(config);
      const pseudonymise = pseudonymsOf(readPseudonymKey(config.identity.pseudonym_key_file));
      const context = { config, clock: systemClock, log: silentLog, audit, stores };
      const { erasures, close } = makeErasures({ ...context, actor: 'command line', pseudonymise });
      try {
        return await asFailure(erasures.erase(user, tenant ?? null, onStep));
      } finally {
        close();
        await audit.close();
      }
    },
  );
  const text = [
    `Erased from ${report.events} events, ${report.feedback} ratings and ${report.archived_events} archived events;`,
    ` ${report.exports_removed} kept exports were removed.\n`,
    report.complete ? '' : 'The engine removes its last copies within some minutes.\n',
  ].join('');
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}
