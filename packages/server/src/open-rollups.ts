/** Makes what keeps the rollups from the stores. The server runs it by the clock; commands that remove rows run it before. */

import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { fixBound } from './export/scope.ts';
import type { Log } from './log.ts';
import { Rollups } from './rollups/rollups.ts';
import type { Stores } from './stores.ts';

/** How long cells of hours and days are kept: 25 months, so that a month can be compared with that of the year before last. */
const HOURS_DAYS = 761;

export interface RollupsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly stores: Stores;
}

/** Makes it. Two of one ledger work one after the other. */
export function makeRollups({ config, clock, log, stores }: RollupsParts): Rollups {
  const { ledger, journal } = stores;
  return new Rollups({
    connection: ledger.connection,
    bound: () => fixBound(ledger, journal),
    takeTurn: (work) => ledger.rowChanges.apart(work),
    clock,
    log,
    minutesDays: config.metrics.retention_days,
    hoursDays: HOURS_DAYS,
  });
}
