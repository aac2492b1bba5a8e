/**
 * The server's metrics: the registry, the recorders of the packs, and the gauges
 * that are read when somebody scrapes.
 */

import {
  BellwetherError,
  catalogue,
  frameworkPack,
  type Pack,
  parseUsd,
  RequestRecorder,
} from '@bellwether/events';
import {
  defineMetrics,
  Registry,
  type ScrapeRequest,
  type ScrapeResponse,
  scrape,
} from '@bellwether/metrics';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Health } from '../health/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Receipt } from '../journal/submission.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** The packs of `GET /metrics/business`. */
const businessPacks: readonly Pack[] = ['business', 'cost'];

/** How the status of a health check is shown. */
const HEALTH_SCORES = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const;

/** How long a scrape waits for rows that are on their way into the ledger, so that it shows what was acknowledged. */
const SETTLE_MS = 250;

/** Where the gauges that are read at a scrape come from. */
interface Observed {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly health: Health;
}

export class ServerMetrics {
  readonly registry = new Registry();
  readonly recorder: RequestRecorder;
  readonly #framework;
  readonly #clock: Clock;
  #counted = 0;
  #unpriced = 0;
  #source: Observed | null = null;
  #failures = 0;
  #crashes = 0;

  constructor(config: Config, clock: Clock) {
    const { business_intelligence, packs } = config;
    this.#clock = clock;
    this.recorder = new RequestRecorder({
      registry: this.registry,
      latencyBuckets: packs.llm_latency_buckets,
      revenuePerRequest: parseUsd(business_intelligence.revenue_per_request) ?? 0n,
      costPerRequest: parseUsd(business_intelligence.cost_per_request) ?? 0n,
      weights: {
        satisfaction: business_intelligence.user_satisfaction_weight,
        performance: business_intelligence.performance_weight,
        costEfficiency: business_intelligence.cost_efficiency_weight,
      },
    });
    this.#framework = defineMetrics(frameworkPack, { registry: this.registry });
    this.#framework.families.set(catalogue.length);
  }

  /** Says where the gauges that are read at a scrape come from. */
  observe(source: Observed): void {
    this.#source = source;
  }

  /** Counts an acknowledged request. */
  countReceipt(receipt: Receipt): void {
    this.#framework.eventsAccepted.inc(receipt.accepted);
    this.#framework.eventsDuplicate.inc(receipt.duplicates);
    this.#framework.eventsStaleConflict.inc(receipt.staleConflicts);
  }

  /** Counts a request that was refused whole. */
  countRefused(code: BellwetherError['code']): void {
    this.#framework.requestsRefused.inc({ code });
  }

  /** Counts the events that a partial request left out. */
  countRejected(rejected: readonly { readonly code: string }[]): void {
    for (const { code } of rejected) this.#framework.eventsRejected.inc({ code });
  }

  /** Counts rows that have come to be in the ledger; `live` are those that the live counters took. */
  countLoaded(rows: number, live: { readonly rows: number; readonly unpriced: number }): void {
    this.#framework.eventsLoaded.inc(rows);
    this.#counted += live.rows;
    this.#unpriced += live.unpriced;
    if (this.#counted > 0) this.#framework.costPrecision.set(1 - this.#unpriced / this.#counted);
  }

  /** Shows the health checks as they are now. */
  #showHealth(health: Health): void {
    for (const { check, result } of health.report().checks) {
      this.#framework.health.set({ check: check.name }, HEALTH_SCORES[result.status]);
    }
  }

  /**
   * Answers a scrape of all families or of those of the business packs, in the format
   * and the encoding that the scraper prefers.
   */
  async scrape(part: 'all' | 'business', request: ScrapeRequest): Promise<ScrapeResponse> {
    await this.#source?.ledger.settle(SETTLE_MS);
    const startedMs = this.#clock.monotonicMs();
    this.#read();
    const names = part === 'all' ? request.names : wanted(businessNames, request.names);
    const answer = await scrape(this.registry, { ...request, names });
    this.#framework.collection.set((this.#clock.monotonicMs() - startedMs) / 1000);
    return answer;
  }

  #read(): void {
    if (this.#source === null) return;
    const { journal, ledger, health } = this.#source;
    this.#showHealth(health);
    this.#framework.journalPending.set(journal.backlogBytes);
    const failures = ledger.loader?.status.failures ?? 0;
    this.#framework.loaderFailures.inc(failures - this.#failures);
    this.#failures = failures;
    this.#framework.engineCrashes.inc(ledger.engine.crashes - this.#crashes);
    this.#crashes = ledger.engine.crashes;
  }
}

const businessNames = catalogue.filter(({ pack }) => businessPacks.includes(pack)).map(({ name }) => name);

/** The names of a part of the metrics that were asked for; all of them if none were. */
function wanted(part: readonly string[], names: readonly string[] = []): readonly string[] {
  if (names.length === 0) return part;
  const found = part.filter((name) => names.includes(name));
  // A name that no family has: an empty list would stand for all families.
  return found.length === 0 ? [''] : found;
}
