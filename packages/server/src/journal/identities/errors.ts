/**
 * How the identity store fails. Every failure of the disk is one of these, with
 * the operating system's error as its cause; damage is no error but a quarantined
 * run, which the status reports.
 */

const messages = {
  disk_full: 'The disk has no room for a run of identities; nothing was changed.',
  write_failed: 'A run of identities could not be written; nothing was changed.',
  read_failed: 'A run of identities could not be read.',
  memory_full: 'The identity table is full until it is sealed.',
  seed_mismatch: 'The runs of this directory were written with another hash seed.',
} as const;

/** The codes of {@link IdentityStoreError}; all but `seed_mismatch` may pass by themselves. */
export type IdentityStoreErrorCode = keyof typeof messages;

/** An operating error of the identity store. */
export class IdentityStoreError extends Error {
  override readonly name = 'IdentityStoreError';
  readonly code: IdentityStoreErrorCode;

  constructor(code: IdentityStoreErrorCode, options?: ErrorOptions) {
    super(messages[code], options);
    this.code = code;
  }
}

/** Runs something that reads from disk; its failures become `read_failed`. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof IdentityStoreError
      ? error
      : new IdentityStoreError('read_failed', { cause: error });
  }
}

/** Runs something that writes to disk; its failures become `disk_full` or `write_failed`. */
export function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof IdentityStoreError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new IdentityStoreError(full ? 'disk_full' : 'write_failed', { cause: error });
  }
}
