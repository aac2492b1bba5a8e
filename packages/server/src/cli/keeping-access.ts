/** What keeps the ledger, for commands that open the stores themselves. */

import { createAuditLog, createSecretRegistry } from '../audit/index.ts';
import { systemClock } from '../clock.ts';
import { type Config, secretValues } from '../config/index.ts';
import { configuredPricer } from '../configured-pricer.ts';
import { type Keeping, openKeeping } from '../keeping.ts';
import { silentLog } from '../log.ts';
import type { Stores } from '../stores.ts';

/** Opens it; closing it closes the audit log too. */
export async function keepingOfCommand(config: Config, stores: Stores): Promise<Keeping> {
  const secrets = createSecretRegistry(secretValues(config));
  const dataDir = config.storage.data_dir;
  const audit = createAuditLog({ dataDir, clock: systemClock, secrets });
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
