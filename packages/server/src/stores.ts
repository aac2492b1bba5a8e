/**
 * The stores of a data directory: the journal, the ledger and the live counters
 * between them. The server is built on them, and commands open them without it.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finishRestore } from './backup/finish-restore.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { mendState } from './damage/mend-state.ts';
import { keysOfData, recordRewraps } from './data-keys.ts';
import { type KeyRing, readEncryptionKeys } from './encryption/index.ts';
import { SEED_FILE } from './journal/identities/index.ts';
import { Journal } from './journal/journal.ts';
import type { JournalBlock } from './journal/journal-state.ts';
import type { EngineLimits } from './ledger/engine/engine-config.ts';
import { Ledger } from './ledger/ledger.ts';
import type { LedgerRow } from './ledger/row.ts';
import { readLedgerAddress } from './ledger-address.ts';
import { LiveCounters } from './live/live-counters.ts';
import { ServerMetrics } from './live/server-metrics.ts';
import type { Log } from './log.ts';
import { businessSettings } from './business/settings.ts';
import { IdentityRecovery } from './damage/recover-identities.ts';
import { readRatings } from './rerate/rerating-store.ts';
import { type Accuracy, validateAccuracy } from './verify/accuracy.ts';
import { type Verification, verify } from './verify/verify.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const GIB = 1024 * MIB;
/** Memory of the identity store: its tables, filters and caches. */
const IDENTITY_BYTES_MAX = 48 * MIB;
/** Payload of the newest blocks, which the loader need not read back from the disk. */
const RECENT_BYTES_MAX = 32 * MIB;
/** Payload of one insert. Larger inserts cost the engine less per row; this is where the gain levels off. */
const INSERT_BYTES_MAX = 12 * MIB;
/** The same with less than 1 GiB for all: server and engine hold an insert several times over while it is made. */
const SMALL_INSERT_BYTES_MAX = 4 * MIB;

export interface StoreOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Who opens them, for the audit log: `server` or `command line`. */
  readonly actor: string;
  /** Called with the rows that have come to be in the ledger, before the journal forgets them. Must not throw. */
  readonly onLoaded?: (rows: readonly LedgerRow[], blocks: readonly JournalBlock[]) => Promise<void>;
}

/** The stores of a data directory, without the HTTP server. */
export interface Stores {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly metrics: ServerMetrics;
  /** Makes identities known that the journal has not given out. */
  readonly identities: Pick<IdentityRecovery, 'learn'>;
  /** The keys of the operator, which archives are encrypted with; null for none. */
  readonly keyRing: KeyRing | null;
  /** The key that values of the state are encrypted with; null for none. */
  readonly stateKey: Uint8Array | null;
  /** Compares what is stored; `live` says whether the live counters are compared too. */
  verify(options: { readonly live: boolean }): Promise<Verification>;
  /** Compares the live counters with the rows that they have counted, family by family. */
  validateAccuracy(): Promise<Accuracy>;
  close(): Promise<void>;
}

/** Opens the journal and the ledger of the configured data directory. */
export async function openStores({ config, clock, log, actor, onLoaded }: StoreOptions): Promise<Stores> {
  const dataDirectory = config.storage.data_dir;
  // What it names may not be there; then nothing is opened.
  const address = readLedgerAddress(config);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const keyRing = readEncryptionKeys(config.storage.encryption_key_file);
  finishRestore(dataDirectory);
  const keys = keysOfData(dataDirectory, keyRing, log);
  const mended = mendState(dataDirectory, clock.nowMs());
  if (mended !== null)
    log.error({ ...mended }, 'the state database was damaged; what is readable of it was kept');
  await recordRewraps({ dataDirectory, clock, log, actor });
  const metrics = new ServerMetrics(config, clock, log);
  const live = new LiveCounters(metrics.recorder, clock);
  const journal = await Journal.open({
    ...journalLimits(config),
    directory: join(dataDirectory, 'journal'),
    hasHistory: mayHaveHistory(dataDirectory, address !== null),
    seedCopyDirectory: dataDirectory,
    ...(keys === null ? {} : { encryptionKey: keys.journal }),
  });
  const ledger = new Ledger({
    dataDirectory,
    limits: engineLimits(config),
    encryptionKey: keys?.engine ?? null,
    address,
    server: config.service.name,
    journal,
    clock,
    log,
    insertBytesMax: config.performance.memory_limit_gb < 1 ? SMALL_INSERT_BYTES_MAX : INSERT_BYTES_MAX,
    onLoaded: async (rows, blocks) => {
      await onLoaded?.(rows, blocks);
      metrics.countLoaded(rows.length, await live.count(rows));
    },
  });
  const recovery = new IdentityRecovery({ ledger, journal, clock, log });
  return {
    journal,
    ledger,
    metrics,
    identities: recovery,
    keyRing,
    stateKey: keys?.state ?? null,
    verify: (options) =>
      verify({
        ledger,
        journal,
        reratings: readRatings(dataDirectory),
        ...(options.live ? { live: { registry: metrics.registry, counted: () => live.counted } } : {}),
      }),
    validateAccuracy: () =>
      validateAccuracy({
        ledger,
        journal,
        reratings: readRatings(dataDirectory),
        registry: metrics.registry,
        counted: () => live.counted,
        defaults: businessSettings(config),
      }),
    async close() {
      await recovery.stop();
      await ledger.close();
      await journal.close();
    },
  };
}

/** What the journal may hold. Its memory was measured out for 1 GiB of all: who has less gets as much less of it. */
function journalLimits({ identity, ingest, ledger, performance }: Config) {
  const share = Math.min(1, performance.memory_limit_gb);
  return {
    identityWindowMs: identity.window_days * DAY_MS,
    identityMemoryBytesMax: Math.floor(share * IDENTITY_BYTES_MAX),
    recentBytesMax: Math.floor(share * RECENT_BYTES_MAX),
    queueBytesMax: ingest.queue_bytes_max,
    backlogBytesMax: ledger.spool_bytes_max,
  };
}

/**
 * Whether the ledger may have events. Beside an engine that has data, a journal without identities has lost them. What a
 * remote one has is not known before it answers; where there was a journal, it may have its rows.
 */
function mayHaveHistory(dataDirectory: string, isRemote: boolean): boolean {
  const names = [join('engine', 'db'), ...(isRemote ? ['journal', SEED_FILE] : [])];
  return names.some((name) => existsSync(join(dataDirectory, name)));
}

function engineLimits(config: Config): EngineLimits {
  return {
    memoryBytesMax: config.performance.memory_limit_gb * GIB,
    threadsMax: Math.min(config.ledger.max_threads, config.performance.cpu_cores),
    queryMemoryBytesMax: config.ledger.query_memory_mb * MIB,
    querySecondsMax: config.ledger.query_timeout_seconds,
  };
}
