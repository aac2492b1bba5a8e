/** Does the wall clock run as time does? */

import type { Clock } from '../clock.ts';
import type { HealthCheck } from './check.ts';

/**
 * A check that compares the wall clock with the monotonic one. A difference means
 * that somebody set the clock, or that the machine slept. It stays visible for a
 * while, since timestamps from before and after do not fit together.
 */
export function clockCheck(options: {
  readonly clock: Clock;
  /** 1000 if absent. NTP's gentle corrections stay far below that between two runs. */
  readonly toleranceMs?: number;
  /** How long a jump stays visible: 10 minutes if absent. */
  readonly visibleMs?: number;
}): HealthCheck {
  const { clock, toleranceMs = 1000, visibleMs = 600_000 } = options;
  const offset = (): number => clock.nowMs() - clock.monotonicMs();
  let lastOffset = offset();
  let jump: { readonly message: string; readonly atMs: number } | null = null;
  let observedMs = 0;
  return {
    name: 'clock',
    component: 'time',
    componentType: 'system',
    measurement: 'offset',
    critical: false,
    run: async () => {
      const now = offset();
      observedMs = Math.round(now - lastOffset);
      lastOffset = now;
      if (Math.abs(observedMs) > toleranceMs) {
        const direction = observedMs > 0 ? 'forward' : 'back';
        const at = new Date(clock.nowMs()).toISOString();
        const seconds = (Math.abs(observedMs) / 1000).toFixed(1);
        jump = {
          message: `The wall clock jumped ${direction} by ${seconds} s, to ${at}.`,
          atMs: clock.monotonicMs(),
        };
      }
      if (jump !== null && clock.monotonicMs() - jump.atMs >= visibleMs) jump = null;
      return {
        status: jump === null ? 'healthy' : 'degraded',
        message: jump?.message ?? 'The wall clock runs as time does.',
        observed: { value: observedMs, unit: 'ms' },
      };
    },
  };
}
