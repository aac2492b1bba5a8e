/** Machines of self-hosted models that nobody uses for most of what they cost. */

import { divideHalfEven, formatUsd, parseUsd } from '@bellwether/events';
import { readAllocations } from '../allocations/allocation-store.ts';
import { periodText } from '../report/periods.ts';
import { percentText } from '../report/text-table.ts';
import { type Advice, type Found, perMonth } from './advice.ts';
import type { AdviceQuestion } from './question.ts';

/** The share of a pool's cost that may be idle: peaks need room. */
const IDLE_MAX_PERCENT = 50n;

/** Looks for them. Machines are of all tenants. */
export async function adviseIdleCapacity({ connection, period }: AdviceQuestion): Promise<Found> {
  if ((period.tenant ?? null) !== null) return { advice: [], withheld: [] };
  const range = { fromMs: period.from.epochSeconds * 1000, toMs: period.to.epochSeconds * 1000 };
  const { rows } = await readAllocations(connection, range, ['pool']);
  const advice = rows.flatMap(({ key, allocated_usd, idle_usd, charged_usd, requests }): Advice[] => {
    const pool = key['pool'] ?? '';
    const idle = parseUsd(idle_usd) ?? 0n;
    const whole = idle + (parseUsd(allocated_usd) ?? 0n) + (parseUsd(charged_usd) ?? 0n);
    if (whole === 0n || idle * 100n <= whole * IDLE_MAX_PERCENT) return [];
    // What may stay idle is not saved: the machines that would be left are idle for half of their cost.
    const used = whole - idle;
    const saving = whole - divideHalfEven(used * 100n, 100n - IDLE_MAX_PERCENT);
    return [
      {
        kind: 'idle_capacity',
        id: `idle_capacity/${encodeURIComponent(pool)}`,
        action: `Run fewer machines in ${pool}, or give it more of the work.`,
        saving_usd_per_month: perMonth(saving, period),
        gain: `${percentText(Number(idle) / Number(whole))} of what its machines cost was idle.`,
        confidence: 'medium',
        evidence: {
          ...periodText(period),
          requests,
          path: `/api/v1/self-hosted?${new URLSearchParams({ ...periodText(period), by: 'pool' }).toString()}`,
          figures: { idle_usd, cost_usd: formatUsd(whole) },
        },
        method: `Idle cost beyond ${IDLE_MAX_PERCENT} % of the whole, which is left for peaks, by the use of the machines hour by hour.`,
      },
    ];
  });
  return { advice, withheld: [] };
}
