/** Timers: functions that measure from their making to their call. */
import type { Clock } from '../clock.ts';
import type { LabelValues } from '../series/label-values.ts';

/** Ends a timer: records and returns the seconds that passed. */
export type EndTimer<T extends string> = (labels?: LabelValues<T>) => number;

/** A timer that hands the seconds, and the labels of its start and its end together, to `record`. */
export function startTimer<T extends string>(
  clock: Clock,
  startLabels: LabelValues<T> | undefined,
  record: (labels: LabelValues<T>, seconds: number) => void,
): EndTimer<T> {
  const startMs = clock.monotonicMs();
  return (endLabels) => {
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    record({ ...startLabels, ...endLabels }, seconds);
    return seconds;
  };
}
