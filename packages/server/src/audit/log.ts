/**
 * The audit log: who did what to what, and when. Entries are only ever added, each
 * is on disk before `append` returns, and secrets are taken out before an entry is
 * made. A log that was damaged goes on, with the break in it for good.
 */

import { parseRfc3339 } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { AuditAction } from './actions.ts';
import type { JsonObject } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';
import type { SealedHead, StoredEntry } from './entry.ts';
import { BROKEN_LINK, completeEntry, GENESIS_HASH, hashEntry, isSealedHead, sealHead } from './entry.ts';
import type { SecretRegistry } from './redaction.ts';
import { redactDetails } from './redaction.ts';
import type { SealFiles } from './seal-files.ts';
import { sealFiles } from './seal-files.ts';
import { auditStatePart, sqliteAuditStore } from './sqlite-store.ts';
import { openStateDatabase, openStateReader } from '../state/state-database.ts';
import { StateError } from '../state/state-error.ts';
import type { AuditStore, LogEnd } from './store.ts';
import type { AuditAnchor, AuditVerdict } from './verify.ts';
import { verifyLog } from './verify.ts';

/** What is recorded. */
export interface AuditRecord {
  /** Who did it: a token's name, `cli` or `server`. Cut after {@link ACTOR_LENGTH_MAX} characters. */
  readonly actor: string;
  readonly action: AuditAction;
  /** What it was done to. Cut after {@link TARGET_LENGTH_MAX} characters. */
  readonly target: string;
  /** Secrets in it are replaced; what is left is at most {@link DETAILS_BYTES_MAX} of JSON. */
  readonly details?: JsonObject;
}

/** An entry as readers get it. */
export interface AuditEntry {
  readonly sequence: number;
  /** RFC 3339 in UTC, with milliseconds. */
  readonly time: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly details: JsonObject;
  readonly previousHash: string;
  readonly hash: string;
  /** Present if the entry is not the one that was recorded; its fields are then what is left of it. */
  readonly damaged?: true;
}

/** Which entries to list, oldest first. */
export interface AuditQuery {
  /** RFC 3339, inclusive. */
  readonly from?: string | undefined;
  /** RFC 3339, exclusive. */
  readonly to?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  /** 1 to {@link LIST_LIMIT_MAX}; 100 if absent. */
  readonly limit?: number | undefined;
  /** Only entries after this sequence number: the last one of the page before. */
  readonly after?: number | undefined;
}

/** Reads an audit log. */
export interface AuditReader {
  /** @throws {RangeError} for a time that is not RFC 3339 or a limit outside its range. */
  list(query?: AuditQuery): Promise<AuditEntry[]>;
  /** Checks every entry; see {@link verifyLog}. */
  verify(anchor?: AuditAnchor): Promise<AuditVerdict>;
  close(): Promise<void>;
}

/** Reads and writes an audit log. */
export interface AuditLog extends AuditReader {
  /** Where a damaged database was set aside when this one was opened, or `null`. */
  readonly quarantined: string | null;
  /**
   * Records an entry and returns it once it is on disk.
   *
   * @throws {StateError} if it could not be stored, or its details are too large.
   */
  append(record: AuditRecord): Promise<AuditEntry>;
}

/** Bounds of an entry. */
export const ACTOR_LENGTH_MAX = 256;
export const TARGET_LENGTH_MAX = 1024;
export const DETAILS_BYTES_MAX = 65_536;

/** The most entries that one call lists. */
export const LIST_LIMIT_MAX = 1000;

/**
 * Opens the audit log of a data directory, and begins one where there is none.
 *
 * @throws {StateError} as `openStateDatabase`.
 */
export async function openAuditLog(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly secrets: SecretRegistry;
}): Promise<AuditLog> {
  const { dataDir, clock, secrets } = options;
  const state = openStateDatabase({ dataDir, clock, parts: [auditStatePart] });
  const store = sqliteAuditStore(state);
  const files = sealFiles(dataDir);
  try {
    await store.initialise((end) => files.prepare(end));
    files.commitKey();
    const key = files.readKey();
    if (key === null) throw new StateError('unusable', `There is no audit key in ${dataDir}.`);
    return {
      ...readerOf(store, files),
      quarantined: state.quarantined,
      append: async (record) => appendEntry({ store, files, key, clock, secrets }, record),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Opens the audit log of a data directory for reading, also while a server writes to it.
 *
 * @throws {StateError} `absent`, `damaged`, `locked` or `unusable`.
 */
export function openAuditReader(dataDir: string): AuditReader {
  return readerOf(sqliteAuditStore(openStateReader(dataDir)), sealFiles(dataDir));
}

function readerOf(store: AuditStore, files: SealFiles): AuditReader {
  return {
    list: async (query = {}) => (await store.entries(storedQuery(query))).map(entryForReaders),
    verify: async (anchor) => verifyLog(store, files, anchor),
    close: async () => store.close(),
  };
}

interface Appending {
  readonly store: AuditStore;
  readonly files: SealFiles;
  readonly key: Buffer;
  readonly clock: Clock;
  readonly secrets: SecretRegistry;
}

async function appendEntry(log: Appending, record: AuditRecord): Promise<AuditEntry> {
  const { store, files, key, clock, secrets } = log;
  const details = canonicalJson(redactDetails(record.details ?? {}, secrets));
  const bytes = Buffer.byteLength(details);
  if (bytes > DETAILS_BYTES_MAX) {
    const message = `The details of ${record.action} are ${bytes} bytes of JSON; at most ${DETAILS_BYTES_MAX} are kept.`;
    throw new StateError('details_too_large', message);
  }
  const { entry, head } = await store.append((end) => {
    const completed = completeEntry(
      {
        ...linkAfter(end, files.readHead(), key),
        time: new Date(clock.nowMs()).toISOString(),
        actor: plain(secrets.redact(record.actor), ACTOR_LENGTH_MAX),
        action: record.action,
        target: plain(secrets.redact(record.target), TARGET_LENGTH_MAX),
        details,
      },
      key,
    );
    return { entry: completed, head: sealHead(completed.sequence, completed.hash, key) };
  });
  try {
    files.writeHead(head);
  } catch {
    // The entry is on disk, so it would be wrong to report a failure. The file is behind by one entry, as it is after
    // a crash; the next entry brings it up to date.
  }
  return entryForReaders(entry);
}

/**
 * Where the next entry goes. If the log's ends agree it follows the last entry. If
 * a genuine head is ahead of the entries, some are missing: the next entry leaves
 * their numbers free, so that the gap shows. If nothing genuine says where the log
 * ends, the entry says that it follows nothing.
 */
function linkAfter(
  { head, last }: LogEnd,
  outer: SealedHead | null,
  key: Buffer,
): { readonly sequence: number; readonly previousHash: string } {
  const genuine = (candidate: SealedHead | null): candidate is SealedHead =>
    candidate !== null && isSealedHead(candidate, key);
  const lastSequence = last?.sequence ?? 0;
  const furthest = [head, outer].filter(genuine).toSorted((a, b) => b.sequence - a.sequence)[0];
  if (furthest && furthest.sequence > lastSequence) {
    return { sequence: furthest.sequence + 1, previousHash: furthest.hash };
  }
  const whole = genuine(head) && genuine(outer) && head.sequence === lastSequence;
  const sound = whole && head.hash === (last?.hash ?? GENESIS_HASH);
  return { sequence: lastSequence + 1, previousHash: sound ? head.hash : BROKEN_LINK };
}

/** One line of well-formed text: what reaches a terminal later cannot control it. */
function plain(text: string, lengthMax: number): string {
  return text
    .slice(0, lengthMax)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\u{FFFD}');
}

function storedQuery(query: AuditQuery): Parameters<AuditStore['entries']>[0] {
  const { from, to, action, actor, target, limit = 100, after = 0 } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
    throw new RangeError(`The limit must be a whole number from 1 to ${LIST_LIMIT_MAX}, not ${limit}.`);
  }
  if (!Number.isSafeInteger(after) || after < 0) throw new RangeError(`There is no entry number ${after}.`);
  return { after, limit, action, actor, target, from: storedTime(from), to: storedTime(to) };
}

/** A time as entries spell it. Entries have milliseconds, so a finer bound is the next millisecond. */
function storedTime(time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const instant = parseRfc3339(time);
  if (instant === null) throw new RangeError(`${JSON.stringify(time)} is not an RFC 3339 time.`);
  return new Date(instant.epochSeconds * 1000 + Math.ceil(instant.nanoseconds / 1_000_000)).toISOString();
}

function entryForReaders(stored: StoredEntry): AuditEntry {
  const { seal: _seal, details, ...rest } = stored;
  const entry = { ...rest, details: parsedDetails(details) };
  return hashEntry(stored) === stored.hash ? entry : { ...entry, damaged: true };
}

function parsedDetails(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // Not JSON: what is left is shown as it is.
  }
  return { text };
}
