/** Backups as a part of the server: their routes, their schedule, their figures. */

import { backupMetrics } from './backup/backup-metrics.ts';
import { Backups, type BackupsOptions } from './backup/backups.ts';
import { keyOfDirectory } from './encryption/index.ts';
import { backupRoutes } from './http/backup-routes.ts';
import type { Part, PartContext } from './part.ts';

/** Opens the part. */
export function openBackups(context: PartContext): Part {
  const { stores, health } = context;
  const backups = new Backups({
    ...backupOptions(context),
    actor: 'server',
    onEnd: backupMetrics(stores.metrics.registry),
  });
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
    encryptionKey: keyOfDirectory(config.storage.data_dir),
    dataDirectory: config.storage.data_dir,
    ledger: stores.ledger,
    journal: stores.journal,
    clock,
    log,
    audit,
  };
}
