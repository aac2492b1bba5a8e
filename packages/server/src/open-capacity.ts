/** The room for the ledger as a part of the server: its size is kept by the hour, and when its disk is full forecast. */

import { statfs } from 'node:fs/promises';
import { diskFullDays, DISK_HISTORY_MS } from './analysis/disk-forecast.ts';
import { capacityMetrics } from './analysis/capacity-metrics.ts';
import { SizeHistory, sizesStatePart } from './analysis/size-history.ts';
import { LEDGER_DATABASE } from './ledger/connection.ts';
import type { Part, PartContext } from './part.ts';
import { repeatedly } from './repeatedly.ts';
import { openStateDatabase } from './state/state-database.ts';

const HOUR_MS = 3_600_000;

/** Opens it. A ledger that is elsewhere has its disk elsewhere, which is not ours to forecast. */
export function openCapacity({ config, clock, log, stores }: PartContext): Part {
  const { ledger, metrics } = stores;
  const shown = capacityMetrics(metrics.registry);
  if (ledger.engine === null) return {};
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [sizesStatePart] });
  const history = new SizeHistory(state);
  const look = async (): Promise<number> => {
    try {
      const nowMs = clock.nowMs();
      const sizes = history.since(nowMs - DISK_HISTORY_MS);
      const sinceMs = nowMs - (sizes.at(-1)?.atMs ?? 0);
      // After a restart it goes on at the hour it was at; a clock that was set back begins a new one.
      if (sinceMs > 0 && sinceMs < HOUR_MS) {
        shown.show(sizes.at(-1)?.ledgerBytes ?? 0, diskFullDays(sizes));
        return HOUR_MS - sinceMs;
      }
      const [parts] = await ledger.connection.query<{ bytes: number }>(
        'SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = {database:String}',
        { database: LEDGER_DATABASE },
      );
      const { bavail, bsize } = await statfs(config.storage.data_dir);
      const size = { atMs: nowMs, ledgerBytes: parts?.bytes ?? 0, availableBytes: bavail * bsize };
      history.add(size);
      shown.show(size.ledgerBytes, diskFullDays([...sizes, size]));
    } catch (error) {
      log.warn({ problem: String(error) }, 'the size of the ledger could not be looked at');
    }
    return HOUR_MS;
  };
  const looking = repeatedly(clock, look);
  return {
    ready: async () => looking.start(),
    stop: () => looking.stop(),
    close: async () => {
      await looking.close();
      state.close();
    },
  };
}
