/** Puts together what takes events in: the threads that prepare bodies, and the way from them to the journal. */

import { availableParallelism } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { eventRoutes } from './http/event-routes.ts';
import { Admission } from './ingest/admission.ts';
import { Ingest, type IngestLimits } from './ingest/ingest.ts';
import { Preparer } from './ingest/prepare.ts';
import { PreparePool } from './ingest/prepare-pool.ts';
import type { LivePricer } from './live-pricer.ts';
import type { Reloader } from './reload.ts';
import { type Pseudonymise, pseudonymsOf, readPseudonymKey } from './ingest/pseudonyms.ts';
import type { Stores } from './stores.ts';

export interface OpenIngestOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly stores: Pick<Stores, 'journal' | 'ledger' | 'metrics'>;
  /** Of whose cards the threads make a pricer of their own. */
  readonly pricer: LivePricer;
  readonly reloader: Reloader;
}

/** The first half of an event's way. */
export interface OpenedIngest {
  readonly routes: (server: FastifyInstance) => void;
  /** The way of events to the journal, whatever they came as. */
  readonly ingest: Ingest;
  /** The memory that the bodies of requests may take. */
  readonly admission: Admission;
  readonly limits: IngestLimits;
  /** What is stored of a user's id. */
  readonly pseudonymise: Pseudonymise;
  /** Ends it, once no request is answered any more. */
  close(): Promise<void>;
}

/** A thread takes some 60 MiB: with less of the configured memory than this for each there are fewer. */
const THREAD_MEMORY_GIB = 0.5;

/** How many threads prepare bodies; more than cores would only take each other's time. */
function threadsOf({ service, performance }: Config): number {
  const fitting = Math.max(1, Math.floor(performance.memory_limit_gb / THREAD_MEMORY_GIB));
  return Math.min(service.workers, availableParallelism(), fitting);
}

/** Opens ingest on the stores. */
export function openIngest({ config, clock, stores, pricer, reloader }: OpenIngestOptions): OpenedIngest {
  const { journal, ledger, metrics } = stores;
  const { id, seed } = journal.identity;
  // Read at each request, since they may change.
  const limits: IngestLimits = {
    get eventsPerRequestMax() {
      return config.ingest.events_per_request_max;
    },
    get futureToleranceMs() {
      return config.ingest.future_tolerance_seconds * 1000;
    },
    get decodedBytesMax() {
      return config.ingest.decoded_bytes_max;
    },
  };
  const admission = new Admission(config.ingest.queue_bytes_max, () => journal.isBacklogFull);
  const pseudonymKey = readPseudonymKey(config.identity.pseudonym_key_file);
  const pseudonymise = pseudonymsOf(pseudonymKey);
  const pool = new PreparePool({
    threads: threadsOf(config),
    clock,
    local: new Preparer({
      limits,
      pricer: () => pricer,
      journal: { id, seed },
      seqs: journal.seqs,
      pseudonymise,
    }),
    data: {
      limits: { ...limits },
      cards: pricer.cards,
      journalId: id,
      seedBytes: seed.bytes,
      seqs: journal.seqs.memory,
      pseudonymKey,
    },
  });
  // The pricer has its new cards by then: it was opened first, and reloads go by that order.
  reloader.add(() => () => pool.renew({ limits: { ...limits }, cards: pricer.cards }));
  const ingest = new Ingest({
    journal,
    preparer: pool,
    clock,
    get decodedBytesMax() {
      return limits.decodedBytesMax;
    },
    onReceipt: (receipt) => {
      metrics.countReceipt(receipt);
      ledger.notify();
    },
  });
  const routes = eventRoutes({
    ingest,
    admission,
    bodyBytesMax: config.ingest.body_bytes_max,
    onRejected: (rejected) => metrics.countRejected(rejected),
  });
  return { routes, ingest, admission, limits, pseudonymise, close: () => pool.close() };
}
