/** Live counters and the rows that they stand for, of one moment. */

import type { MetricFamily, Registry } from '@bellwether/metrics';
import type { Counted } from '../live/live-counters.ts';

/** The live counters of this life of the process. */
export interface LiveSide {
  readonly registry: Registry;
  readonly counted: () => Counted;
}

/** Readings of the counters until none counted while it was read. */
const READINGS_MAX = 50;

/** Reads some families, again if rows were counted meanwhile: reading gives way to other work. */
export async function readCounted(
  { registry, counted }: LiveSide,
  names: readonly string[],
): Promise<{ readonly counted: Counted; readonly families: readonly MetricFamily[] }> {
  const wanted = [...new Set(names)].filter((name) => registry.getSingleMetric(name) !== undefined);
  for (let reading = 1; ; reading++) {
    const before = counted();
    const families = await registry.families(wanted);
    if (counted().rows === before.rows || reading === READINGS_MAX) return { counted: before, families };
  }
}
