/**
 * What keeps the ledger and hands it on: exports, archives and retention, made from
 * the stores. The server has it for as long as it runs, and commands open it without one.
 */

import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { Exporter } from './export/exporter.ts';
import { OneAtATime } from './export/one-at-a-time.ts';
import type { Pricer } from './pricing/pricer.ts';
import type { Stores } from './stores.ts';

export interface KeepingOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly stores: Stores;
  readonly pricer: Pricer;
}

/** The parts, opened. */
export interface Keeping {
  readonly exporter: Exporter;
  /** Ends what goes on. */
  close(): Promise<void>;
}

/** Makes the parts. */
export function openKeeping({ config, clock, stores, pricer }: KeepingOptions): Keeping {
  const { ledger, journal } = stores;
  const turn = new OneAtATime();
  const exporter = new Exporter({
    ledger,
    journal,
    clock,
    pricer,
    dataDirectory: config.storage.data_dir,
    compressed: config.metrics.compression_enabled,
    turn,
  });
  return { exporter, close: async () => undefined };
}
