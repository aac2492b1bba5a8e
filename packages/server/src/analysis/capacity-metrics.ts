/** What the metrics of the server say of the room for its ledger. */

import { capacityPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import { type ForecastBound, forecastBounds } from '../config/index.ts';

/** Shows it. */
export interface CapacityMetrics {
  /** @param days until the disk is full; null while that is not known. */
  show(ledgerBytes: number, days: Readonly<Record<ForecastBound, number>> | null): void;
}

/** Declares the families. */
export function capacityMetrics(registry: Registry): CapacityMetrics {
  const families = defineMetrics(capacityPack, { registry });
  return {
    show: (ledgerBytes, days) => {
      families.ledgerSize.set(ledgerBytes);
      if (days === null) return;
      for (const bound of forecastBounds) families.diskFull.set({ bound }, days[bound]);
    },
  };
}
