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
import type { Pricer, RateCard } from './pricing/index.ts';
import type { Stores } from './stores.ts';

export interface OpenIngestOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly stores: Pick<Stores, 'journal' | 'ledger' | 'metrics'>;
  readonly pricer: Pricer;
  /** The cards of the pricer, of which the threads make their own. */
  readonly cards: readonly RateCard[];
}

/** The first half of an event's way. */
export interface OpenedIngest {
  readonly routes: (server: FastifyInstance) => void;
  /** The way of events to the journal, whatever they came as. */
  readonly ingest: Ingest;
  /** The memory that the bodies of requests may take. */
  readonly admission: Admission;
  readonly limits: IngestLimits;
  /** Ends it, once no request is answered any more. */
  close(): Promise<void>;
}

/** Opens ingest on the stores. */
export function openIngest({ config, clock, stores, pricer, cards }: OpenIngestOptions): OpenedIngest {
  const { journal, ledger, metrics } = stores;
  const { id, seed } = journal.identity;
  const limits = {
    eventsPerRequestMax: config.ingest.events_per_request_max,
    futureToleranceMs: config.ingest.future_tolerance_seconds * 1000,
    decodedBytesMax: config.ingest.decoded_bytes_max,
  };
  const admission = new Admission(config.ingest.queue_bytes_max);
  const pool = new PreparePool({
    // More threads than cores would only take each other's time.
    threads: Math.min(config.service.workers, availableParallelism()),
    local: new Preparer({ limits, pricer: () => pricer, journal: { id, seed }, seqs: journal.seqs }),
    data: { limits, cards, journalId: id, seedBytes: seed.bytes, seqs: journal.seqs.memory },
  });
  const ingest = new Ingest({
    journal,
    preparer: pool,
    clock,
    decodedBytesMax: limits.decodedBytesMax,
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
  return { routes, ingest, admission, limits, close: () => pool.close() };
}
