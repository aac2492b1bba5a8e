/** Puts the collectors together: what is scraped goes to the journal and to `/metrics`; what is asked, to health. */

import { collectorsPack } from '@bellwether/events';
import { defineMetrics, Gauge } from '@bellwether/metrics';
import { signalDescriptions } from './alerts/check-rules.ts';
import type { SignalSource } from './alerts/signals.ts';
import { Collector } from './collect/collector.ts';
import { customCheck, integrationCheck, type Integration, jobCheck } from './collect/probe-checks.ts';
import { relayed } from './collect/relay-scrape.ts';
import type { Scrape } from './collect/target-loop.ts';
import type { CheckDefinition, CollectorJob } from './config/collector-items.ts';
import type { Config } from './config/index.ts';
import { targetRoutes } from './http/target-routes.ts';
import type { RelayedFamilies } from './live/relayed-families.ts';
import type { Part, PartContext } from './part.ts';
import type { ActiveSeries } from './samples/active-series.ts';
import { sourceText } from './samples/sample.ts';
import { sampleSubmission } from './samples/sample-lines.ts';

/** What pushed and scraped samples share. */
export interface SamplePath {
  readonly series: ActiveSeries;
  readonly relay: RelayedFamilies;
  readonly count: (counts: Record<'stored' | 'overflow' | 'rejected' | 'hidden', number>) => void;
}

/** Opens them; nothing is asked before `start`. */
export function openCollectors(context: PartContext, path: SamplePath): Part {
  const { config, clock, outgoing, stores, reloader } = context;
  const families = defineMetrics(collectorsPack, { registry: stores.metrics.registry });
  const collector = new Collector({
    clock,
    outgoing,
    intervalMs: config.metrics.collection_interval * 1000,
    keep: async (scrape) => {
      await keepScrape(context, path, scrape);
      const { ok, restarted, target } = scrape;
      families.scrapes.inc({ collector: target.job, outcome: ok ? 'success' : 'failure' });
      if (restarted) families.restarts.inc({ collector: target.job });
    },
  });
  // Counted when they are looked at, since targets come and go.
  const shown = stores.metrics.registry.getSingleMetric(collectorsPack.targets.name);
  if (shown instanceof Gauge)
    shown.collect = () => {
      families.targets.reset();
      for (const { job, targets } of collector.views)
        for (const state of ['up', 'down', 'unknown'] as const)
          families.targets.set(
            { collector: job, state },
            targets.filter((target) => target.state === state).length,
          );
    };
  const follow = followChecks(context, collector);
  let isRunning = false;
  const apply = (collectors: Config['collectors']): void => {
    if (!isRunning) return;
    collector.define(collectors.jobs);
    follow(collectors.jobs, collectors.checks);
  };
  reloader.add(
    ({ collectors }) =>
      () =>
        apply(collectors),
  );
  return {
    signals: [targetSignals(collector)],
    routes: [targetRoutes(collector)],
    start() {
      isRunning = true;
      for (const integration of integrationsOf(config)) {
        const { name } = integration;
        context.health.add(
          integrationCheck(integration, outgoing, (answers) =>
            families.connectivity.set({ integration: name }, answers ? 1 : 0),
          ),
        );
      }
      apply(config.collectors);
    },
    stop() {
      isRunning = false;
      collector.stop();
    },
    close: () => collector.close(),
  };
}

/** `target_up` by job and instance; not known before the first scrape. */
function targetSignals(collector: Collector): SignalSource {
  const values = { up: 1, down: 0, unknown: Number.NaN } as const;
  return {
    name: 'target_up',
    description: signalDescriptions['target_up'] ?? '',
    read: () =>
      collector.views
        .flatMap(({ targets }) => targets)
        .map(({ job, instance, state }) => ({ labels: { job, instance }, value: values[state] })),
  };
}

/** What keeps the checks of health as the configuration has them. */
function followChecks({ health, outgoing }: PartContext, collector: Collector) {
  const kept = new Map<string, () => void>();
  return (jobs: readonly CollectorJob[], checks: readonly CheckDefinition[]): void => {
    const viewOf = (id: string) => collector.views.find(({ job }) => job === id);
    const wanted = new Map([
      ...jobs.map(({ id }) => [`job ${id}`, () => jobCheck(id, () => viewOf(id))] as const),
      ...checks.map((check) => [JSON.stringify(check), () => customCheck(check, outgoing)] as const),
    ]);
    for (const [key, remove] of kept) {
      if (wanted.has(key)) continue;
      remove();
      kept.delete(key);
    }
    for (const [key, make] of wanted) if (!kept.has(key)) kept.set(key, health.add(make()));
  };
}

/** Stores the samples of a scrape, less those of too many series. */
async function keepScrape(
  { clock, stores: { journal, ledger } }: PartContext,
  { series, relay, count }: SamplePath,
  { target, samples, rejected }: Scrape,
): Promise<void> {
  const nowMs = clock.nowMs();
  const source = { job: target.job, instance: target.instance };
  const name = sourceText(source);
  const admitted = samples.filter((sample) =>
    series.admit(name, sample.name, JSON.stringify(sample.labels), nowMs),
  );
  const overflow = samples.length - admitted.length;
  if (admitted.length > 0) await journal.append(sampleSubmission(journal, name, admitted, nowMs));
  const hidden = relayed(admitted, source).filter((one) => !relay.take(one, nowMs)).length;
  count({ stored: admitted.length, overflow, rejected, hidden });
  ledger.notify();
}

function integrationsOf({ monitoring }: Config): Integration[] {
  const all: Integration[] = [
    { name: 'prometheus', endpoint: monitoring.prometheus_endpoint },
    { name: 'grafana', endpoint: monitoring.grafana_endpoint },
    { name: 'alertmanager', endpoint: monitoring.metrics_server_endpoint },
    { name: 'postgresql', endpoint: monitoring.sql_database_endpoint },
  ];
  return all.filter(({ endpoint }) => endpoint !== '');
}
