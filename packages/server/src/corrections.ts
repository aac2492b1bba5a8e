/** What corrects the past: made from the stores, for as long as the server runs. */

import type { AuditLog } from './audit/index.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import type { Log } from './log.ts';
import type { Pricer } from './pricing/index.ts';
import { Reratings } from './rerate/reratings.ts';
import type { Stores } from './stores.ts';

export interface CorrectionsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly stores: Stores;
  readonly pricer: Pricer;
}

/** The parts, opened. */
export interface Corrections {
  readonly reratings: Reratings;
  /** Ends what a crash has interrupted; call it when the ledger can be asked. */
  resume(): Promise<void>;
  close(): void;
}

/** Makes the parts. */
export function openCorrections({
  config,
  clock,
  log,
  audit,
  stores,
  pricer,
}: CorrectionsOptions): Corrections {
  const reratings = new Reratings({
    dataDirectory: config.storage.data_dir,
    ledger: stores.ledger,
    pricer: () => pricer,
    clock,
    log,
    audit,
  });
  return { reratings, resume: () => reratings.resume(), close: () => reratings.close() };
}
