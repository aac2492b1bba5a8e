/**
 * Sends what is left when the process ends. An end that waits (nothing left to do, or
 * a signal that was asked for) gets its time; `process.exit()` cannot wait, and the
 * rest goes into the spool.
 */

/** What is told of the end. */
export interface Leaving {
  readonly shipped: number;
  readonly waiting: { readonly events: number };
  flush(timeoutMs: number): Promise<boolean>;
  close(timeoutMs: number): Promise<void>;
  leave(): void;
}

/** Watches for the end of the process. The result ends the watch. */
export function atExit(shipper: Leaving, signals: readonly NodeJS.Signals[], timeoutMs: number): () => void {
  let triedAfter = -1;
  const beforeExit = (): void => {
    // Node asks again after each attempt: one that failed is not repeated for the same events.
    if (shipper.waiting.events === 0 || triedAfter === shipper.shipped) return;
    triedAfter = shipper.shipped;
    void shipper.flush(timeoutMs);
  };
  const exit = (): void => shipper.leave();
  const onSignal = (signal: NodeJS.Signals): void => {
    void shipper.close(timeoutMs).finally(() => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  process.on('beforeExit', beforeExit);
  process.on('exit', exit);
  for (const signal of signals) process.once(signal, onSignal);
  return () => {
    process.off('beforeExit', beforeExit);
    process.off('exit', exit);
    for (const signal of signals) process.off(signal, onSignal);
  };
}
