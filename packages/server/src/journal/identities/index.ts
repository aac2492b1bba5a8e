/** The identity store of the journal, and the hashing that its entries are made with. */
export type { Verdict } from './entry.ts';
export { ENTRY_BYTES, ENTRY_WORDS, verdictCode, verdicts } from './entry.ts';
export type { IdentityStoreErrorCode } from './errors.ts';
export { IdentityStoreError } from './errors.ts';
export type { HashSeed } from './hash.ts';
export { createHashSeed, hashIdentity, hashPayloadBytes, hashPayloadField, hashText } from './hash.ts';
export type { LedgerIdentity, RebuildReport } from './rebuild.ts';
export type { QuarantinedRun } from './quarantine.ts';
export type { IdentityStatus, SealMarker } from './status.ts';
export type { IdentityStore } from './store.ts';
export type { IdentityStoreOptions } from './options.ts';
export { SEED_FILE } from './seed-file.ts';
export { openIdentityStore } from './store.ts';
