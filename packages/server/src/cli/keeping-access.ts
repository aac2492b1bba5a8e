/** What keeps the ledger, for commands that open the stores themselves. */

import { createAuditLog, createSecretRegistry, type ResilientAuditLog } from '../audit/index.ts';
import { systemClock } from '../clock.ts';
import { type Config, secretValues } from '../config/index.ts';
import { configuredPricer } from '../configured-pricer.ts';
import { type Keeping, openKeeping } from '../keeping.ts';
import { silentLog } from '../log.ts';
import type { Stores } from '../stores.ts';

/** Opens it; closing it closes the audit log too. */
export async function keepingOfCommand(config: Config, stores: Stores): Promise<Keeping> {
  const audit = auditOfCommand(config);
  const pricer = await configuredPricer(config);
  const keeping = openKeeping({
    config,
    clock: systemClock,
    log: silentLog,
    stores,
    pricer,
    audit,
    actor: 'command line',
  });
  return {
    ...keeping,
    async close() {
      await keeping.close();
      await audit.close();
    },
  };
}

/** The audit log for a command that works on the data itself. */
export function auditOfCommand(config: Config): ResilientAuditLog {
  const secrets = createSecretRegistry(secretValues(config));
  return createAuditLog({ dataDir: config.storage.data_dir, clock: systemClock, secrets });
}
