/** What can go wrong with the small state that must not be lost, as typed errors. */

/** Why the state could not be used. */
export type StateErrorCode =
  /** There is no state in the directory. */
  | 'absent'
  /** Another process holds the database for longer than we wait. */
  | 'locked'
  /** The file is no database, or damaged. */
  | 'damaged'
  /** The file was written by a newer version. */
  | 'newer_schema'
  /** A migration that was applied is not the one in this version. */
  | 'changed_migration'
  /** The disk is full. */
  | 'full'
  /** The directory or file may not be read or written, or the disk fails. */
  | 'unusable'
  /** An entry's details are larger than permitted. */
  | 'details_too_large';

/** A failure of the state database or of the audit log in it. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateErrorCode;

  constructor(code: StateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
