/** The watch over damage as a part of the server. */

import { Integrity, integrityMetrics } from './damage/integrity.ts';
import type { Part, PartContext } from './part.ts';

/** Opens the part. */
export function openIntegrity({ config, clock, log, stores, health }: PartContext): Part {
  const integrity = new Integrity({
    dataDirectory: config.storage.data_dir,
    journal: stores.journal,
    ledger: stores.ledger,
    clock,
    log,
    onFound: integrityMetrics(stores.metrics.registry),
  });
  health.add(integrity.healthCheck());
  return {
    ready: async () => integrity.start(),
    close: () => integrity.close(),
  };
}
