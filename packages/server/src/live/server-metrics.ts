/**
 * The server's metrics: the registry, the recorders of the packs, and the gauges
 * that are read when somebody scrapes.
 */

import { randomBytes } from 'node:crypto';
import {
  balancedBudgets,
  type BellwetherError,
  catalogue,
  costUtilization,
  frameworkErrors,
  frameworkPack,
  llmBudgets,
  type Pack,
  parseUsd,
  type RecordedPacks,
  RequestRecorder,
} from '@bellwether/events';
import {
  defineMetrics,
  type MetricFamily,
  Registry,
  type ScrapeRequest,
  type ScrapeResponse,
  type ScrapeSource,
  scrape,
} from '@bellwether/metrics';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Receipt } from '../journal/submission.ts';
import type { Log } from '../log.ts';
import { ObjectiveFigures } from './objective-figures.ts';
import { appendText, type Numbers } from './relayed-families.ts';

/** The packs of `GET /metrics/business`. */
const businessPacks: readonly Pack[] = ['business', 'cost', 'users'];

/** How the status of a health check is shown. */
const HEALTH_SCORES = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const;

/** How long a scrape waits for rows that are on their way into the ledger, so that it shows what was acknowledged. */
const SETTLE_MS = 250;

/** A request to the server that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of its route. */
  readonly path: string;
  readonly seconds: number;
  /** Labels, of at most 128 characters in all. */
  readonly exemplar: Readonly<Record<string, string>>;
}

/** What the rest of the server tells at a scrape. */
export interface ServerFigures {
  /** Acknowledged events that the ledger does not have yet. */
  readonly backlogBytes: number;
  /** Since the start. */
  readonly loaderFailures: number;
  /** Since the start. */
  readonly engineCrashes: number;
  /** What budgets show, by provider and by backend; absent while it is not known. */
  readonly budgets?: ShownBudgets | null;
  /** The share in use of what self-hosted models run on. */
  readonly utilization?: readonly {
    readonly backend: string;
    readonly resource: string;
    readonly ratio: number;
  }[];
  readonly checks: readonly { readonly name: string; readonly status: keyof typeof HEALTH_SCORES }[];
}

/** Spend and what is left, in dollars by provider, and the use of budgets, in percent by backend. */
export interface ShownBudgets {
  readonly monthlySpend: ReadonlyMap<string, number>;
  readonly monthlyRemaining: ReadonlyMap<string, number>;
  readonly dailyUsage: ReadonlyMap<string, number>;
  readonly monthlyUsage: ReadonlyMap<string, number>;
}

/** Where the gauges that are read at a scrape come from. */
export interface Observed {
  /** Waits, at most so long, until the ledger has what was acknowledged. */
  settle(waitMs: number): Promise<unknown>;
  figures(): ServerFigures;
}

/** Gives further families: all, or those of these names; numbers in labels as a format has them. */
export type Relay = (names: readonly string[], numbers?: Numbers) => readonly MetricFamily[];

/** Which packs the configuration asks for. */
function recordedPacks(config: Config): RecordedPacks {
  const users = config.user_analytics.enabled;
  return {
    business: config.business_intelligence.enabled,
    roi: config.packs.roi_tracking,
    cost: config.cost_analysis.enabled,
    modelCost: config.cost_analysis.model_cost_tracking,
    adoption: users && config.user_analytics.adoption_tracking,
    usagePatterns: users && config.user_analytics.usage_pattern_analysis,
    satisfaction: users && config.user_analytics.satisfaction_metrics,
  };
}

export class ServerMetrics {
  readonly registry: Registry;
  readonly recorder: RequestRecorder;
  readonly objectives: ObjectiveFigures;
  readonly #framework;
  readonly #errors;
  readonly #budgets;
  readonly #usage;
  readonly #utilization;
  readonly #clock: Clock;
  readonly #log: Log;
  #counted = 0;
  #unpriced = 0;
  #refused = 0;
  #source: Observed | null = null;
  #relayed: Relay = () => [];
  #failures = 0;
  #crashes = 0;

  constructor(config: Config, clock: Clock, log: Log) {
    const { business_intelligence, packs } = config;
    this.#clock = clock;
    this.#log = log;
    this.registry = new Registry({ clock });
    const seed = randomBytes(8);
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
      packs: recordedPacks(config),
      seed: [seed.readUInt32LE(0), seed.readUInt32LE(4)],
      onRefused: (error) => this.#countUnrecorded(error),
    });
    this.#framework = defineMetrics(frameworkPack, { registry: this.registry });
    this.showReload({ ok: true, atMs: clock.nowMs() });
    // Until something was counted there is no share of it.
    this.#framework.costPrecision.remove();
    this.#budgets = defineMetrics(llmBudgets, { registry: this.registry });
    this.#utilization = config.cost_analysis.enabled
      ? defineMetrics(costUtilization, { registry: this.registry }).utilization
      : null;
    this.objectives = new ObjectiveFigures(this.registry);
    this.#usage = defineMetrics(balancedBudgets, { registry: this.registry });
    this.#errors = defineMetrics(frameworkErrors, { registry: this.registry });
  }

  /** Says where the gauges that are read at a scrape come from. */
  observe(source: Observed): void {
    this.#source = source;
  }

  /** Says where further families come from, which a scrape of all shows behind the server's own. */
  relay(families: Relay): void {
    this.#relayed = families;
  }

  /** Counts an acknowledged request. */
  countReceipt(receipt: Pick<Receipt, 'accepted' | 'duplicates' | 'staleConflicts'>): void {
    this.#framework.eventsAccepted.inc(receipt.accepted);
    this.#framework.eventsDuplicate.inc(receipt.duplicates);
    this.#framework.eventsStaleConflict.inc(receipt.staleConflicts);
  }

  /** Counts a request that was refused whole. */
  countRefused(code: BellwetherError['code']): void {
    this.#framework.requestsRefused.inc({ code });
  }

  /** Counts an answered request into the histogram of its route; the exemplar leads to the log and to the trace. */
  observeRequest({ method, path, seconds, exemplar }: AnsweredRequest): void {
    this.#framework.requestDuration.observe({ method, path }, seconds, exemplar);
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

  /** Shows how the last reload of the configuration ended. */
  showReload({ ok, atMs }: { readonly ok: boolean; readonly atMs: number }): void {
    this.#framework.reloadSuccessful.set(ok ? 1 : 0);
    if (ok) this.#framework.reloadTime.set(atMs / 1000);
  }

  /** Shows how much of what was past its retention a run has removed. */
  showRetention(store: string, ratio: number): void {
    this.#framework.retention.set({ store }, ratio);
  }

  /** Counts a request that a pack could not take, which its checks on the way in should have prevented. */
  #countUnrecorded(error: Error): void {
    this.#errors.errors.inc({ kind: 'recording' });
    this.#refused += 1;
    if (this.#refused === 1)
      this.#log.error({ problem: error.message }, 'a request could not be recorded on the live metrics');
  }

  /**
   * Answers a scrape of all families or of those of the business packs, in the format
   * and the encoding that the scraper prefers.
   */
  async scrape(part: 'all' | 'business', request: ScrapeRequest): Promise<ScrapeResponse> {
    await this.#source?.settle(SETTLE_MS);
    const startedMs = this.#clock.monotonicMs();
    this.#read();
    const names = part === 'all' ? request.names : wanted(businessNames, request.names);
    const answer = await scrape(part === 'all' ? this.#whole() : this.registry, { ...request, names });
    this.#framework.collection.set((this.#clock.monotonicMs() - startedMs) / 1000);
    return answer;
  }

  /** The server's own families and those that it shows for others. */
  #whole(): ScrapeSource {
    const { registry } = this;
    return {
      families: async (names) => [...(await registry.families(names)), ...this.#relayed(names ?? [])],
      render: async (options) =>
        appendText(
          await registry.render(options),
          this.#relayed(options.names ?? [], options.format),
          options.format,
        ),
      hasPlainNames: registry.hasPlainNames,
    };
  }

  #read(): void {
    this.#framework.families.set(this.registry.getMetricsAsArray().length);
    if (this.#source === null) return;
    const { backlogBytes, loaderFailures, engineCrashes, checks, budgets, utilization } =
      this.#source.figures();
    if (budgets) this.#showBudgets(budgets);
    this.#utilization?.reset();
    for (const { backend, resource, ratio } of utilization ?? [])
      this.#utilization?.set({ backend, resource }, ratio);
    // A check that was taken away is not shown any more.
    this.#framework.health.reset();
    for (const { name, status } of checks) this.#framework.health.set({ check: name }, HEALTH_SCORES[status]);
    this.#framework.journalPending.set(backlogBytes);
    this.#framework.loaderFailures.inc(loaderFailures - this.#failures);
    this.#failures = loaderFailures;
    this.#framework.engineCrashes.inc(engineCrashes - this.#crashes);
    this.#crashes = engineCrashes;
  }

  #showBudgets({ monthlySpend, monthlyRemaining, dailyUsage, monthlyUsage }: ShownBudgets): void {
    show(this.#budgets.spend, 'provider', monthlySpend);
    show(this.#budgets.remaining, 'provider', monthlyRemaining);
    show(this.#usage.daily, 'backend', dailyUsage);
    show(this.#usage.monthly, 'backend', monthlyUsage);
  }
}

/** Shows the values of a gauge, and none that it had before. */
function show(
  gauge: { reset(): void; set(labels: never, value: number): void },
  label: 'provider' | 'backend',
  values: ReadonlyMap<string, number>,
): void {
  gauge.reset();
  for (const [name, value] of values) gauge.set({ [label]: name } as never, value);
}

const businessNames = catalogue.filter(({ pack }) => businessPacks.includes(pack)).map(({ name }) => name);

/** The names of a part of the metrics that were asked for; all of them if none were. */
function wanted(part: readonly string[], names: readonly string[] = []): readonly string[] {
  if (names.length === 0) return part;
  const found = part.filter((name) => names.includes(name));
  // A name that no family has: an empty list would stand for all families.
  return found.length === 0 ? [''] : found;
}
