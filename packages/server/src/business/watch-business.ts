/** Reads the business figures of the last day, week and month again and again, for the exposition. */

import type { Clock } from '../clock.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { repeatReading } from '../report/repeat-reading.ts';
import { readDailyShare, readUserCounts } from './adoption.ts';
import type { ShowBusiness, ShownWindow } from './business-metrics.ts';
import type { BusinessSettings } from './settings.ts';
import { readWorth } from './worth.ts';

const DAY_MS = 86_400_000;
/** The windows, with their names. */
const windows = [
  ['24h', DAY_MS],
  ['7d', 7 * DAY_MS],
  ['30d', 30 * DAY_MS],
] as const;

/** How often they are read. */
const INTERVAL_MS = 60_000;

export interface WatchBusinessOptions {
  readonly connection: LedgerConnection;
  readonly clock: Clock;
  readonly settings: BusinessSettings;
  readonly show: ShowBusiness;
  /** The rows that the ledger has taken since the server started. */
  readonly rows: () => number;
  /** Hears of a reading that failed; the next one comes nonetheless. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Begins to read.
 *
 * @returns ends it, and waits for a reading that is under way.
 */
export function watchBusiness(options: WatchBusinessOptions): () => Promise<void> {
  const { clock, rows, onFailure } = options;
  return repeatReading({
    clock,
    rows,
    onFailure,
    firstMs: 0,
    intervalMs: INTERVAL_MS,
    read: (ended) => readOnce(options, clock.nowMs(), ended),
  });
}

async function readOnce(
  { connection, settings, show }: WatchBusinessOptions,
  nowMs: number,
  ended: () => boolean,
): Promise<void> {
  const shown: ShownWindow[] = [];
  for (const [window, lengthMs] of windows) {
    if (ended()) return;
    const range = rangeOf(nowMs - lengthMs, nowMs);
    const { total } = await readWorth(connection, range, [], settings);
    const users = await readUserCounts(connection, range);
    const { new_users: newUsers, returning_ratio: returningRatio } = users;
    shown.push({ window, roi: total.roi, newUsers, returningRatio });
  }
  const daily = await readDailyShare(connection, rangeOf(nowMs - 30 * DAY_MS, nowMs), nowMs - DAY_MS);
  show(shown, daily);
}

function rangeOf(fromMs: number, toMs: number): TimeRange {
  const instant = (ms: number) => ({ epochSeconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * 1e6 });
  return { from: instant(fromMs), to: instant(toMs) };
}
