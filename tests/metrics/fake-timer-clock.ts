/**
 * A clock that stands still until it is moved: for tests of whatever waits.
 */
import type { TimerClock } from '../../packages/metrics/src/push/delivery/timer-clock.ts';

/** A clock under the control of a test. */
export interface FakeTimerClock extends TimerClock {
  /** Moves time forward, running what falls due in order and letting promises settle between. */
  advance(durationMs: number): Promise<void>;
  /** How many timers are waiting. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that starts at `startMs` since the epoch. */
export function fakeTimerClock(startMs: number): FakeTimerClock {
  let elapsedMs = 0;
  const timers = new Set<Timer>();
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimeout(callback, delayMs) {
      const timer = { dueMs: elapsedMs + delayMs, callback };
      timers.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      timers.delete(timer as Timer);
    },
    async advance(durationMs) {
      const endMs = elapsedMs + durationMs;
      for (;;) {
        await settle();
        const next = [...timers]
          .filter(({ dueMs }) => dueMs <= endMs)
          .toSorted((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined) break;
        timers.delete(next);
        elapsedMs = next.dueMs;
        next.callback();
      }
      elapsedMs = endMs;
      await settle();
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** Compression and sockets need several turns of the event loop before their promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
