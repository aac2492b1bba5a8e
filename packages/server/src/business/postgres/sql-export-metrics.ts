/** What the exposition tells of the export to the SQL server. */

import { sqlExportPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { ExportStatus } from './exporter.ts';

/** Counts and shows what the exporter does. */
export interface SqlExportMetrics {
  countDay(): void;
  countFailure(): void;
  showPending(days: number): void;
  show(status: ExportStatus): void;
}

/** Declares the families. */
export function sqlExportMetrics(registry: Registry): SqlExportMetrics {
  const families = defineMetrics(sqlExportPack, { registry });
  // Until it was complete once there is no time of it.
  families.complete.remove();
  return {
    countDay: () => families.days.inc(),
    countFailure: () => families.failures.inc(),
    showPending: (days) => families.pending.set(days),
    show({ pendingDays, completeMs }) {
      families.pending.set(pendingDays);
      if (completeMs !== null) families.complete.set(completeMs / 1000);
    },
  };
}
