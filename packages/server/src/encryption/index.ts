/** Encryption of what lies on the disk. */

export {
  claimForKeys,
  ENCRYPTION_MARK,
  ENCRYPTION_MARK_COPY,
  forgetRewraps,
  keyOfDirectory,
  requireKey,
  unrecordedRewraps,
} from './data-mark.ts';
export { EncryptionError } from './encryption-error.ts';
export { type KeyRing, keyRingOf, readEncryptionKeys } from './key-file.ts';
export { type DataKeys, deriveKeys, MasterKey } from './master-key.ts';
export { BlockSealer, type BlockLabel, journalIdOf } from './sealed-block.ts';
export { isSealedValue, ValueSealer } from './sealed-text.ts';
export { openSealedFile, readSealedHead, sealFile, type SealedHead } from './sealed-file.ts';
