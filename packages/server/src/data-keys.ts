/**
 * The keys that the stores of a data directory are encrypted with, and the account of
 * each change of the operator's key. The note in the directory says which changes the
 * audit log may not have; it says so until they are on the disk there, so that a crash
 * in between, or a disk without room, has one recorded twice or late, never not at all.
 */

import { createAuditLog, createSecretRegistry } from './audit/index.ts';
import type { Clock } from './clock.ts';
import {
  claimForKeys,
  type DataKeys,
  forgetRewraps,
  type KeyRing,
  unrecordedRewraps,
} from './encryption/index.ts';
import type { Log } from './log.ts';

/** The keys of the stores; null where they are not encrypted. */
export function keysOfData(dataDirectory: string, ring: KeyRing | null, log: Log): DataKeys | null {
  const claimed = claimForKeys(dataDirectory, ring);
  if (claimed === null) return null;
  const { keys, rewrappedFrom: from } = claimed;
  if (from !== null)
    log.warn({ from, to: keys.fingerprint }, 'the key of the data is wrapped by a newer key from now on');
  return keys;
}

/** What {@link recordRewraps} needs. */
export interface RewrapRecording {
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Who opens the directory. */
  readonly actor: string;
}

/** Puts the changes of the key into the audit log that it may not have. Where it fails, the next opening tries again. */
export async function recordRewraps({ dataDirectory, clock, log, actor }: RewrapRecording): Promise<void> {
  const rewraps = unrecordedRewraps(dataDirectory);
  if (rewraps.length === 0) return;
  // Fingerprints are no secrets, and nothing else is recorded.
  const audit = createAuditLog({ dataDir: dataDirectory, clock, secrets: createSecretRegistry([]) });
  try {
    for (const { from, to } of rewraps) {
      await audit.append({
        actor,
        action: 'encryption.key_rewrapped',
        target: dataDirectory,
        details: { from, to },
      });
      forgetRewraps(dataDirectory, 1);
    }
  } catch (error) {
    log.error({ problem: String(error) }, 'a change of the key could not be recorded in the audit log');
  } finally {
    await audit.close();
  }
}
