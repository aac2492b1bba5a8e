/** Erasures as a part of the server: their routes, and the ones that older data have made necessary again. */

import { join, resolve } from 'node:path';
import type { ClockTimer } from './clock.ts';
import { ArchiveFiles } from './archive/archive-files.ts';
import { UserErasures } from './erasure/user-erasures.ts';
import { erasureRoutes } from './http/erasure-routes.ts';
import type { Pseudonymise } from './ingest/pseudonyms.ts';
import type { Part, PartContext } from './part.ts';
import { keepingStatePart } from './retention/retention-clock.ts';
import { openStateDatabase } from './state/state-database.ts';

/** How often there is a look whether older data have come in. */
const LOOK_MS = 30_000;

/** What erasures are made from. */
export interface ErasuresContext extends Pick<PartContext, 'config' | 'clock' | 'log' | 'audit' | 'stores'> {
  readonly actor: string;
  readonly pseudonymise: Pseudonymise;
}

/** Makes them; closing them closes their state. */
export function makeErasures({ config, stores, clock, ...rest }: ErasuresContext): {
  readonly erasures: UserErasures;
  readonly close: () => void;
} {
  const dataDirectory = config.storage.data_dir;
  const state = openStateDatabase({ dataDir: dataDirectory, clock, parts: [keepingStatePart] });
  const erasures = new UserErasures({
    ...rest,
    clock,
    dataDirectory,
    archiveDirectory: resolve(config.retention.archive_dir || join(dataDirectory, 'archive')),
    archiveFiles: new ArchiveFiles(stores.keyRing),
    backupDirectory: config.backup.directory,
    ledger: stores.ledger,
    journal: stores.journal,
    state,
  });
  return { erasures, close: () => state.close() };
}

/** Opens the part. */
export function openErasures(context: PartContext): Part {
  const { clock, log, stores, intake } = context;
  const { erasures, close } = makeErasures({
    ...context,
    actor: 'server',
    pseudonymise: intake.pseudonymise,
  });
  let isStopped = false;
  let timer: ClockTimer | undefined;
  let going: Promise<void> = Promise.resolve();
  const again = async (): Promise<void> => {
    try {
      await erasures.reapply();
    } catch (error) {
      if (!isStopped)
        log.error({ problem: String(error) }, 'erasures could not be carried out again; trying again');
    }
    if (isStopped) return;
    timer = clock
      .setTimeout(() => {
        going = again();
      }, LOOK_MS)
      .unref();
  };
  return {
    routes: [erasureRoutes(erasures, stores.ledger)],
    ready: async () => {
      going = again();
    },
    stop: () => {
      isStopped = true;
    },
    async close() {
      isStopped = true;
      clock.clearTimeout(timer);
      await going;
      close();
    },
  };
}
