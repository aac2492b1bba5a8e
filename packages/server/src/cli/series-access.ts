/** The series of all kinds for a command that has opened the stores itself. */

import { systemClock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openSeries } from '../open-series.ts';
import { createOutgoing } from '../outgoing/index.ts';
import type { CountingSeriesSource } from '../series/series.ts';

/** How long a question without a server waits for the ledger. */
const SETTLE_MS = 30_000;

/** Asks the series, once the ledger holds all that is acknowledged. */
export async function askSeries<R>(
  config: Config,
  ledger: Ledger,
  ask: (source: CountingSeriesSource) => Promise<R>,
): Promise<R> {
  const outgoing = createOutgoing({ allowPrivate: config.outgoing.allow_private, clock: systemClock });
  try {
    await ledger.settle(SETTLE_MS);
    return await ask(openSeries({ config, ledger, outgoing }));
  } finally {
    outgoing.close();
  }
}
