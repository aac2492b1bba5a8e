/** Backups as a part of the server: their routes, their schedule, their figures. */

import { backupPack } from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { type BackupEnd, Backups, type BackupsOptions } from './backup/backups.ts';
import { backupRoutes } from './http/backup-routes.ts';
import type { Part, PartContext } from './part.ts';

/** Opens the part. */
export function openBackups(context: PartContext): Part {
  const { stores, health } = context;
  const families = defineMetrics(backupPack, { registry: stores.metrics.registry });
  // Until there is a backup there is no time of it.
  families.newest.remove();
  families.bytes.remove();
  const onEnd = (end: BackupEnd): void => {
    families.backups.inc({ result: 'failed' in end ? 'failed' : 'made' });
    if ('failed' in end) return;
    families.newest.set(end.takenMs / 1000);
    families.bytes.set(end.bytes);
  };
  const backups = new Backups({ ...backupOptions(context), actor: 'server', onEnd });
  const check = backups.healthCheck();
  if (check !== null) health.add(check);
  return {
    routes: [backupRoutes(backups, stores.ledger)],
    start: () => void backups.start(),
    stop: () => backups.stop(),
    close: () => backups.close(),
  };
}

/** What the configuration and the stores say of backups. */
export function backupOptions({
  config,
  clock,
  log,
  audit,
  stores,
}: Pick<PartContext, 'config' | 'clock' | 'log' | 'audit' | 'stores'>): Omit<BackupsOptions, 'actor'> {
  const { directory, interval, keep } = config.backup;
  return {
    enabled: config.metrics.backup_enabled,
    directory,
    intervalMs: interval * 1000,
    keep,
    encryptionKey: null,
    dataDirectory: config.storage.data_dir,
    ledger: stores.ledger,
    journal: stores.journal,
    clock,
    log,
    audit,
  };
}
