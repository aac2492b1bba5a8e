/** What of a data directory is backed up and restored: everything that cannot be made again. */

/** Names in the data directory, files and folders. Whoever adds a store adds it here. */
export const dataItems: readonly string[] = [
  'journal',
  'engine',
  'state.db',
  'audit.key',
  'audit.head',
  'archive',
  'erasures.json',
  'identity.seed',
  'encryption.json',
  'encryption-copy.json',
];

/** Files that belong to an item while it is open; a restore takes them away with it. */
export const companions: readonly string[] = ['state.db-wal', 'state.db-shm', 'server.json'];

/** Where a snapshot is kept while it is copied, in the data directory. */
export const SNAPSHOT_FOLDER = 'backup-snapshot';
/** Where a restore gathers what it will put in place. */
export const RESTORE_FOLDER = 'restore-staging';
/** What was in place before, until it is removed. */
export const REPLACED_FOLDER = 'restore-replaced';
/** The note that a restore is decided; from then on it is finished, whatever happens. */
export const RESTORE_NOTE = 'restore.json';
