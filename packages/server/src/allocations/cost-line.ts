/** The line of self-hosted models in a cost report, beside its figures: no request is in both. */

import { epochMsOf } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { CostReport } from '../report/costs.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { readAllocations } from './allocation-store.ts';

/** After every hour that can be stored: 2106, where the engine's DateTime ends. */
const END_MS = 4_294_967_295_000;

/** Adds to a report what machines cost in the hours that begin in its range, if any did. */
export async function withSelfHosted(
  connection: LedgerConnection,
  { from, to }: TimeRange,
  report: CostReport,
): Promise<CostReport> {
  const range = {
    fromMs: from === null ? 0 : epochMsOf(from),
    toMs: to === null ? END_MS : Math.min(END_MS, epochMsOf(to)),
  };
  const [total] = (await readAllocations(connection, range, [])).rows;
  if (total === undefined) return report;
  const { allocated_usd, idle_usd, requests } = total;
  if (allocated_usd === '0.00' && idle_usd === '0.00' && requests === 0) return report;
  return { ...report, self_hosted: { allocated_usd, idle_usd } };
}
