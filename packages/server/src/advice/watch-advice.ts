/** Reads the advice of the last 30 days now and then, for the exposition. */

import { costRecommendations, usdAsNumber } from '@bellwether/events';
import { parseUsd } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { Clock } from '../clock.ts';
import { repeatReading } from '../report/repeat-reading.ts';
import { adviceKinds } from './advice.ts';
import type { AdviceReport } from './read-advice.ts';

/** How often it is read. */
const INTERVAL_MS = 3_600_000;
/** The first reading leaves a server that starts the time for more urgent questions. */
const FIRST_MS = 300_000;

/** Shows advice on the exposition. */
export type ShowAdvice = (report: Pick<AdviceReport, 'advice'>) => void;

/** Declares the families; what it returns shows advice on them. */
export function adviceMetrics(registry: Registry): ShowAdvice {
  const { recommendations, savings } = defineMetrics(costRecommendations, { registry });
  return ({ advice }) => {
    for (const kind of adviceKinds) {
      const found = advice.filter((each) => each.kind === kind);
      recommendations.set({ kind }, found.length);
      savings.set({ kind }, usdAsNumber(found.reduce((sum, each) => sum + savingOf(each), 0n)));
    }
  };
}

/** What gains something else than money saves nothing. */
function savingOf({ saving_usd_per_month: saving }: AdviceReport['advice'][number]): bigint {
  return parseUsd(saving ?? '0') ?? 0n;
}

export interface WatchAdviceOptions {
  readonly clock: Clock;
  readonly read: () => Promise<AdviceReport>;
  readonly show: ShowAdvice;
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
export function watchAdvice({ read, show, ...options }: WatchAdviceOptions): () => Promise<void> {
  return repeatReading({
    ...options,
    firstMs: FIRST_MS,
    intervalMs: INTERVAL_MS,
    read: async () => show(await read()),
  });
}
