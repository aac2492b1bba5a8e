/** Does a part of the system answer? */

import type { Clock } from '../clock.ts';
import type { HealthCheck } from './check.ts';

/**
 * A check of anything that can be asked for a sign of life.
 *
 * @param ping settles when the part answered, with a sentence to show if it has one; rejects if the part does not work.
 * @example pingCheck('journal', 'journal', async () => journal.ping(), { critical: true })
 */
export function pingCheck(
  name: string,
  component: string,
  ping: (signal: AbortSignal) => Promise<string | void>,
  options: {
    /** False if absent. */
    readonly critical?: boolean;
    readonly intervalMs?: number | undefined;
    readonly timeoutMs?: number | undefined;
    readonly componentType?: HealthCheck['componentType'];
    /** An answer that takes at least this long is degraded. */
    readonly slow?: { readonly clock: Clock; readonly afterMs: number };
  } = {},
): HealthCheck {
  const { critical = false, slow, ...rest } = options;
  return {
    ...rest,
    name,
    component,
    critical,
    run: async (signal) => {
      const startedMs = slow?.clock.monotonicMs() ?? 0;
      const message = (await ping(signal)) ?? 'It answers.';
      const tookMs = (slow?.clock.monotonicMs() ?? 0) - startedMs;
      return slow && tookMs >= slow.afterMs
        ? { status: 'degraded', message: `It took ${Math.round(tookMs)} ms to answer.` }
        : { status: 'healthy', message };
    },
  };
}
