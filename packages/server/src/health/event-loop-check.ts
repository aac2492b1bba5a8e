/** Does the main thread get to its work in time? */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthCheck } from './check.ts';
import { judge } from './check.ts';

/** How often the delay is sampled. Each sample is a timer: more of them would cost more than they tell. */
const RESOLUTION_MS = 50;

/**
 * A check of how long the event loop was blocked, at worst, since the last run.
 * The longest delay is used and not a percentile: while the loop is blocked no
 * samples are taken, so that a block of seconds is one sample among hundreds.
 */
export function eventLoopCheck(
  options: {
    /** 500 if absent. */
    readonly warningMs?: number;
    /** 5000 if absent. */
    readonly criticalMs?: number;
  } = {},
): HealthCheck {
  const limits = { warning: options.warningMs ?? 500, critical: options.criticalMs ?? 5000 };
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    name: 'event_loop',
    component: 'process',
    componentType: 'system',
    measurement: 'delay',
    critical: false,
    run: async () => {
      // The histogram holds the time between samples, which is the resolution when nothing is late.
      const delayMs = Math.max(0, histogram.max / 1e6 - RESOLUTION_MS);
      histogram.reset();
      const rounded = Math.round(delayMs);
      return {
        status: judge(delayMs, limits),
        message: `The longest block of the event loop was ${rounded} ms.`,
        observed: { value: rounded, unit: 'ms' },
      };
    },
    close: () => {
      histogram.disable();
    },
  };
}
