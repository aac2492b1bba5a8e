/** Reads the advice of the last 30 days now and then, for the exposition. */

import { costRecommendations, usdAsNumber } from '@bellwether/events';
import { parseUsd } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { Clock, ClockTimer } from '../clock.ts';
import { type AdviceKind, adviceKinds } from './advice.ts';
import type { AdviceReport } from './read-advice.ts';

/** How often it is read, and at the least how many times as long as the reading took is paused. */
const INTERVAL_MS = 3_600_000;
const PAUSE_FACTOR = 100;
/** The first reading leaves a server that starts the time for more urgent questions. */
const FIRST_MS = 300_000;

/** Shows advice on the exposition. */
export type ShowAdvice = (report: Pick<AdviceReport, 'advice'>) => void;

/** Declares the families; what it returns shows advice on them. */
export function adviceMetrics(registry: Registry): ShowAdvice {
  const { recommendations, savings } = defineMetrics(costRecommendations, { registry });
  return ({ advice }) => {
    for (const kind of adviceKinds) {
      const saved = savingsOf(advice, kind);
      recommendations.set({ kind }, saved.length);
      savings.set({ kind }, usdAsNumber(saved.reduce((sum, saving) => sum + saving, 0n)));
    }
  };
}

function savingsOf(advice: AdviceReport['advice'], kind: AdviceKind): bigint[] {
  return advice
    .filter((each) => each.kind === kind && each.saving_usd_per_month !== null)
    .map(({ saving_usd_per_month: saving }) => parseUsd(saving ?? '0') ?? 0n);
}

export interface WatchAdviceOptions {
  readonly clock: Clock;
  readonly read: () => Promise<AdviceReport>;
  readonly show: ShowAdvice;
  /** Hears of a reading that failed; the next one comes nonetheless. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Begins to read.
 *
 * @returns ends it, and waits for a reading that is under way.
 */
export function watchAdvice({ clock, read, show, onFailure }: WatchAdviceOptions): () => Promise<void> {
  let timer: ClockTimer | undefined;
  let ended = false;
  let reading = Promise.resolve();
  const wait = (ms: number): void => {
    timer = clock
      .setTimeout(() => {
        reading = pass();
      }, ms)
      .unref();
  };
  const pass = async (): Promise<void> => {
    const startedMs = clock.monotonicMs();
    try {
      show(await read());
    } catch (error) {
      if (!ended) onFailure(error);
    }
    if (!ended) wait(Math.max(INTERVAL_MS, (clock.monotonicMs() - startedMs) * PAUSE_FACTOR));
  };
  wait(FIRST_MS);
  return async () => {
    ended = true;
    clock.clearTimeout(timer);
    await reading;
  };
}
