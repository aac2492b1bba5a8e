/** What the metrics of the server say of its backups. */

import { backupPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { BackupEnd } from './backups.ts';

/** Declares the families; what it returns takes each backup's end into them. */
export function backupMetrics(registry: Registry): (end: BackupEnd) => void {
  const families = defineMetrics(backupPack, { registry });
  // Until there is a backup there is no time of it.
  families.newest.remove();
  families.bytes.remove();
  return (end) => {
    families.backups.inc({ result: 'failed' in end ? 'failed' : 'made' });
    if ('failed' in end) return;
    families.newest.set(end.takenMs / 1000);
    families.bytes.set(end.bytes);
  };
}
