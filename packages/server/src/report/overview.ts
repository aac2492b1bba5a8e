/** The overview: the figures of a period beside those of the period before, and where most of them come from. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { readWithRollups } from '../rollups/reading.ts';
import { readDimensions } from './dimensions.ts';
import { readTotal } from './performance.ts';
import { before, type Period, type PeriodText, periodText } from './periods.ts';
import { readTraffic, type TrafficFigures, type TrafficRow } from './traffic.ts';
import { readTop, type TopRow } from './top.ts';

/** How figures changed: 0.1 is a tenth more than in the period before. Null where there was nothing before. */
export interface OverviewChange {
  readonly requests: number | null;
  readonly errors: number | null;
  readonly cost_usd: number | null;
  readonly total_tokens: number | null;
  readonly latency_p95_ms: number | null;
  readonly ttft_p95_ms: number | null;
}

/** The answer. */
export interface Overview extends PeriodText {
  readonly total: TrafficFigures;
  /** The period of the same length before; null if it began before 1970. */
  readonly previous: (PeriodText & { readonly total: TrafficFigures }) | null;
  readonly change: OverviewChange;
  readonly top: {
    /** Dearest first. */
    readonly models: readonly TopRow[];
    /** Most requests first. */
    readonly backends: readonly TrafficRow[];
    /** Dearest first. */
    readonly users: readonly TopRow[];
  };
}

/** Groups of each list. */
const TOP = 10;

/** Reads it. */
export async function readOverview(connection: LedgerConnection, period: Period): Promise<Overview> {
  const earlier = before(period);
  const [total, previous, models, backends, users] = await readWithRollups(connection, (reading) =>
    Promise.all([
      readTotal(connection, reading, period),
      earlier === null ? null : readTotal(connection, reading, earlier),
      readTop(connection, reading, period, 'provider,model', TOP),
      readTraffic(connection, reading, {
        range: period,
        by: readDimensions('backend_id'),
        order: 'requests',
        limit: TOP,
      }),
      readTop(connection, reading, period, 'user_id', TOP),
    ]),
  );
  return {
    ...periodText(period),
    total,
    previous: earlier === null || previous === null ? null : { ...periodText(earlier), total: previous },
    change: changeOf(total, previous),
    top: { models, backends, users },
  };
}

/** How figures changed from one period to another. */
export function changeOf(now: TrafficFigures, then: TrafficFigures | null): OverviewChange {
  const of = (figure: (figures: TrafficFigures) => number | null): number | null => {
    const [after, earlier] = [figure(now), then === null ? null : figure(then)];
    return after === null || earlier === null || earlier === 0 ? null : after / earlier - 1;
  };
  return {
    requests: of(({ requests }) => requests),
    errors: of(({ errors }) => errors),
    // A ratio for people; the amounts themselves stand beside it exactly.
    cost_usd: of(({ cost_usd: cost }) => Number(cost)),
    total_tokens: of(({ input_tokens: input, output_tokens: output }) => input + output),
    latency_p95_ms: of(({ latency_ms: latency }) => latency.p95),
    ttft_p95_ms: of(({ ttft_ms: ttft }) => ttft.p95),
  };
}
