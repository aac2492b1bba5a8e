/** What is wrong with keys or with what they have encrypted. */

/** Data that cannot be opened with the keys that were given, or a key that cannot be used. The message is for operators and never holds a key. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';
}
