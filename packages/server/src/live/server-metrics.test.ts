import {
  accuracyPack,
  alertingPack,
  catalogue,
  collectorsPack,
  completionsPack,
  pluginsPack,
  protocolsPack,
  recordedBy,
} from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { describe, expect, it } from 'vitest';
import { analysisMetrics } from '../analysis/analysis-metrics.ts';
import { capacityMetrics } from '../analysis/capacity-metrics.ts';
import { forecastMetrics } from '../analysis/forecast-metrics.ts';
import { adviceMetrics } from '../advice/watch-advice.ts';
import { backupMetrics } from '../backup/backup-metrics.ts';
import { sqlExportMetrics } from '../business/postgres/sql-export-metrics.ts';
import { businessMetrics } from '../business/business-metrics.ts';
import { fakeClock } from '../clock.ts';
import { integrityMetrics } from '../damage/integrity.ts';
import { loadText } from '../config/test-config.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { deploymentMetrics } from '../deployments/deployment-metrics.ts';
import { federationMetrics } from '../federation/federation-metrics.ts';
import { silentLog } from '../log.ts';
import { LiveCounters } from './live-counters.ts';
import { ServerMetrics } from './server-metrics.ts';
import { ARRIVED_MS, rowLine, unrecordable, wholeEvent } from './test-rows.ts';

/** The metrics of a server with this configuration file. */
function open(file = '') {
  const clock = fakeClock(ARRIVED_MS);
  const metrics = new ServerMetrics(loadText(file).config, clock, silentLog);
  const counters = new LiveCounters(metrics.recorder, clock);
  const load = async (lines: readonly string[]): Promise<void> => {
    metrics.countLoaded(
      lines.length,
      await counters.count(lines.map((line) => JSON.parse(line) as LedgerRow)),
    );
  };
  return { metrics, load };
}

/** What is exposed. */
async function text(metrics: ServerMetrics, part: 'all' | 'business' = 'all'): Promise<string> {
  return Buffer.from((await metrics.scrape(part, {})).body).toString();
}

/** The names of the families that are exposed. */
async function exposed(metrics: ServerMetrics, part: 'all' | 'business' = 'all'): Promise<string[]> {
  return (await text(metrics, part)).match(/(?<=# TYPE )\S+/g) ?? [];
}

/** The names of the families that something was recorded on. */
async function recorded(metrics: ServerMetrics): Promise<string[]> {
  const body = await text(metrics);
  const changed = metrics.registry
    .getMetricsAsArray()
    .filter(
      (metric) =>
        'series' in metric &&
        (metric.series as readonly { readonly activity: number }[]).some(({ activity }) => activity > 0),
    )
    .map(({ name }) => name);
  const ofClient = body.match(/^metrics_\w+(?=\{)/gm) ?? [];
  return [...changed, ...new Set(ofClient)];
}

/** Rows that make something happen on every family that follows from rows. */
function everyKindOfRow(): string[] {
  const failed = { ...wholeEvent, status: 'error', error_type: 'rate_limit' } as const;
  const events = [
    wholeEvent,
    { ...wholeEvent, cache_hit: true, latency_ms: 100 },
    failed,
    { provider: 'nobody' },
    { input_tokens: 10, input_audio_tokens: 5 },
  ];
  const models = Array.from({ length: 10_001 }, (_none, n) => ({ model: `m${n}` }));
  return [...events, ...models].map((event, n) => rowLine(event, n + 1));
}

/** Records what parts of the server record on families of their own. */
function recordParts({ registry }: ServerMetrics): void {
  integrityMetrics(registry)({ journal: 1, identities: 1, ledger: 1, state: 1 });
  backupMetrics(registry)({ takenMs: ARRIVED_MS, bytes: 1 });
  const alerting = defineMetrics(alertingPack, { registry });
  const about = { severity: 'high', state: 'raised' } as const;
  alerting.rules.set(1);
  alerting.open.set(about, 1);
  alerting.raised.inc({ severity: 'high' });
  alerting.resolved.inc({ severity: 'high' });
  alerting.refused.inc({ kind: 'alert' });
  alerting.evaluation.set(1);
  alerting.failures.inc();
  for (const counter of [alerting.sent, alerting.sendFailures]) counter.inc({ channel: 'slack' });
  for (const gauge of [alerting.dead, alerting.waiting]) gauge.set({ channel: 'slack' }, 1);
  const collected = defineMetrics(collectorsPack, { registry });
  collected.connectivity.set({ integration: 'prometheus' }, 1);
  collected.targets.set({ collector: 'vllm', state: 'up' }, 1);
  collected.scrapes.inc({ collector: 'vllm', outcome: 'success' });
  collected.restarts.inc({ collector: 'vllm' });
  const completions = defineMetrics(completionsPack, { registry });
  completions.probes.inc({ probe: 'p', outcome: 'success' });
  completions.duration.observe({ probe: 'p' }, 1);
  completions.spend.inc({ probe: 'p' }, 0.1);
  const plugins = defineMetrics(pluginsPack, { registry });
  plugins.runs.inc({ plugin: 'p', outcome: 'success' });
  plugins.duration.set({ plugin: 'p' }, 1);
  const protocols = defineMetrics(protocolsPack, { registry });
  protocols.spans.inc({ outcome: 'taken' });
  protocols.feedback.inc({ outcome: 'accepted' });
  const exported = sqlExportMetrics(registry);
  exported.countDay();
  exported.countFailure();
  exported.show({ pendingDays: 1, completeMs: ARRIVED_MS, problem: null });
  const sites = federationMetrics(registry, () => [
    { site: 'eu', state: 'up', succeededMs: ARRIVED_MS, problem: null },
  ]);
  sites.pulled('eu', 'success');
  sites.replaced('eu', 1);
  sites.reset('eu');
  const deployed = { service: 'chat', environment: 'production', version: 'v1', atMs: ARRIVED_MS };
  const deployments = deploymentMetrics(registry);
  deployments.count(deployed);
  deployments.show([{ ...deployed, id: '1', annotations: {}, receivedMs: ARRIVED_MS }]);
  const show = businessMetrics(registry, { roi: true, business: true, adoption: true });
  show([{ window: '24h', roi: 2, newUsers: 3, returningRatio: 0.5 }], new Map([['chat', 0.25]]));
  protocols.samples.inc({ outcome: 'stored' });
  const forecasts = forecastMetrics(registry);
  forecasts.show('cost_usd', 30, 1);
  forecasts.show('revenue_usd', 30, 1);
  analysisMetrics(registry).opened({ measure: 'cost_usd', labels: { provider: 'openai' } });
  const days = { expected: 1, lower80: 1, upper80: 1, lower95: 1, upper95: 1 };
  capacityMetrics(registry).show(1, days);
  adviceMetrics(registry)({ advice: [] });
  defineMetrics(accuracyPack, { registry }).accuracy.set(1);
}

describe('the server', () => {
  it('records every family that the catalogue says it records, and no other', async () => {
    const { metrics, load } = open();
    await load(everyKindOfRow());
    metrics.countReceipt({ accepted: 3, duplicates: 2, staleConflicts: 1 });
    metrics.countRefused('invalid_event');
    metrics.observeRequest({ method: 'GET', path: '/', seconds: 0.1, exemplar: { request_id: 'r' } });
    metrics.countRejected([{ code: 'invalid_event' }]);
    const checks = [{ name: 'ledger', status: 'healthy' }] as const;
    const utilization = [{ backend: 'a100', resource: 'gpu', ratio: 0.5 }];
    const byProvider = new Map([['openai', 5]]);
    const byBackend = new Map([['b1', 50]]);
    const budgets = {
      monthlySpend: byProvider,
      monthlyRemaining: byProvider,
      dailyUsage: byBackend,
      monthlyUsage: byBackend,
    };
    metrics.observe({
      settle: () => Promise.resolve(true),
      figures: () => ({ backlogBytes: 5, loaderFailures: 1, engineCrashes: 1, checks, budgets, utilization }),
    });
    metrics.showRetention('events', 1);
    const pair = { name: 'page-1h', long: '1h', short: '5m', longRate: 2, shortRate: 3, burning: false };
    metrics.objectives.show([
      { name: 'chat', compliancePercent: 99, budgetRemainingRatio: 0.5, pairs: [pair] },
    ]);
    for (const kind of ['response_time', 'availability', 'error_rate', 'quality', 'cost'] as const)
      metrics.objectives.countViolation(kind, 'high', 'b1');
    metrics.recorder.record(unrecordable, 0);
    recordParts(metrics);
    await text(metrics);
    const expected = recordedBy('server').map(({ name }) => name);
    expect((await recorded(metrics)).toSorted()).toEqual(expected.toSorted());
  });

  it('exposes nothing that the catalogue does not declare for it', async () => {
    const { metrics, load } = open();
    await load(everyKindOfRow());
    const declared = new Set(
      catalogue.filter((family) => family.recordedBy.includes('server')).map(({ name }) => name),
    );
    const names = await exposed(metrics);
    expect(names.length).toBeGreaterThan(70);
    expect(names.filter((name) => !declared.has(name))).toEqual([]);
  });

  it('shows the business, cost and user packs apart', async () => {
    const { metrics, load } = open();
    await load([rowLine(wholeEvent, 1)]);
    const packs = new Set(
      (await exposed(metrics, 'business')).map(
        (name) => catalogue.find((family) => family.name === name)?.pack,
      ),
    );
    expect([...packs]).toEqual(['business', 'cost', 'users']);
  });

  it.each([
    ['business_intelligence: { enabled: false }', /^business_/],
    ['packs: { roi_tracking: false }', /^business_roi_ratio$/],
    ['cost_analysis: { enabled: false }', /^cost_/],
    ['cost_analysis: { model_cost_tracking: false }', /^cost_(model|per|efficiency)_/],
    ['user_analytics: { enabled: false }', /^users_/],
    ['user_analytics: { adoption_tracking: false }', /^users_(active|application|adoption)/],
    ['user_analytics: { usage_pattern_analysis: false }', /^users_(requests|anonymous)_/],
    ['user_analytics: { satisfaction_metrics: false }', /^users_(satisfaction|ratings)_/],
  ])('does not expose what %s switches off', async (file, pattern) => {
    const all = await exposed(open().metrics);
    const left = await exposed(open(file).metrics);
    expect(all.some((name) => pattern.test(name))).toBe(true);
    expect(left).toEqual(all.filter((name) => !pattern.test(name)));
  });

  it('shows how much of the cost is known, once anything was counted', async () => {
    const { metrics, load } = open();
    const precision = async (): Promise<string | undefined> =>
      (await text(metrics)).match(/^custom_metrics_cost_precision_ratio .*/m)?.[0];
    expect(await precision()).toBeUndefined();
    await load([rowLine(wholeEvent, 1), rowLine({}, 2), rowLine(wholeEvent, 3), rowLine(wholeEvent, 4)]);
    expect(await precision()).toBe('custom_metrics_cost_precision_ratio 0.75');
  });

  it('logs the first request that cannot be recorded, and counts all', async () => {
    const logged: string[] = [];
    const log = { ...silentLog, error: (_details: unknown, message: string) => logged.push(message) };
    const metrics = new ServerMetrics(loadText('').config, fakeClock(ARRIVED_MS), log);
    for (let i = 0; i < 3; i++) metrics.recorder.record(unrecordable, 0);
    expect(logged.length).toBe(1);
    // Both the LLM families and those of OpenTelemetry leave it out.
    expect(await text(metrics)).toContain('custom_metrics_errors_total{kind="recording"} 6');
  });
});
