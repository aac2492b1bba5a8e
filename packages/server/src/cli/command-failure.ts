/**
 * A failure that the person at the terminal can understand and act on, so that
 * its message is all that is printed.
 */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}
