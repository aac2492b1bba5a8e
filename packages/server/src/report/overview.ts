/** The overview: the figures of a period beside those of the period before, and where most of them come from. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { readWithRollups } from '../rollups/reading.ts';
import { readDimensions } from './dimensions.ts';
import { type PreviousTraffic, readPrevious } from './performance.ts';
import { type Period, type PeriodText, periodText } from './periods.ts';
import { readTrafficAndTotal, type TrafficFigures, type TrafficRow } from './traffic.ts';
import { readTop, type TopRow } from './top.ts';

/** How figures changed: 0.1 is a tenth more than in the period before. Null where there was nothing before to compare with. */
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
  readonly previous: PreviousTraffic | null;
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
  const [{ rows: backends, total }, previous, models, users] = await readWithRollups(connection, (reading) =>
    Promise.all([
      readTrafficAndTotal(connection, reading, {
        range: period,
        by: readDimensions('backend_id'),
        order: 'requests',
        limit: TOP,
      }),
      readPrevious(connection, reading, period),
      readTop(connection, reading, period, 'provider,model', TOP),
      readTop(connection, reading, period, 'user_id', TOP),
    ]),
  );
  return {
    ...periodText(period),
    total,
    previous,
    change: changeOf(total, previous?.comparable === true ? previous.total : null),
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
