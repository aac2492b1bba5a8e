/** Encryption of what lies on the disk. */

export { claimForKey, ENCRYPTION_MARK, keyOfDirectory, requireSameKey } from './data-mark.ts';
export { deriveKeys, EncryptionError, type EncryptionKey, readEncryptionKey } from './key-file.ts';
export { BlockSealer, type BlockLabel, journalIdOf } from './sealed-block.ts';
