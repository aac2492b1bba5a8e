/**
 * The walk of somebody new: the demo, the files that are generated for it, and the
 * Prometheus and the Alertmanager of the distribution. The demo's incident fires an
 * alert, which reaches a channel and resolves; every panel shows something. Windows
 * and waiting times are shortened, and the incident comes at once.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boards } from '@bellwether/monitoring/dashboards';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RunningGateway } from '../metrics-catalogue/running-gateway.ts';
import { freePort } from '../server/free-port.ts';
import {
  root,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from '../server/running-server.ts';
import { AlertReceiver } from './alert-receiver.ts';
import { type FilledQuery, filledQueries } from './dashboard-queries.ts';
import { areInstalled, PATIENCE_MS, PROMETHEUS, RunningProgram, startPrometheus } from './running-program.ts';

const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
const patient = { timeout: PATIENCE_MS, interval: 500 };

/** The alert of the demo's incident. */
const incident = { alertname: 'BackendHighErrorRate', backend: 'openai-eu-west', environment: 'rehearsal' };

const budgets = JSON.stringify([
  { id: 'providers', amount_usd: 1_000_000, period: 'month', per: 'provider' },
  { id: 'backends-day', amount_usd: 1_000_000, period: 'day', per: 'backend' },
  { id: 'backends-month', amount_usd: 1_000_000, period: 'month', per: 'backend' },
]);

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

describe.skipIf(!areInstalled(PROMETHEUS, ALERTMANAGER))('the demo, Prometheus and Alertmanager', () => {
  const directory = temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  const abort = new AbortController();
  let receiver: AlertReceiver;
  let alertmanager: RunningProgram;
  let prometheus: RunningProgram;
  let server: RunningServer;
  let gateway: RunningGateway;
  let traffic: Promise<void>;

  async function generate(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await runCli(['generate', ...args]);
    expect([code, stderr]).toEqual([0, '']);
  }

  beforeAll(async () => {
    const [serverPort, gatewayPort, prometheusPort, alertmanagerPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const local = (port: number): string => `127.0.0.1:${port}`;
    receiver = await AlertReceiver.start();
    const channel = `{ name: room, kind: webhook, severities: [critical, warning, info], url: '${receiver.url}' }`;
    writeFileSync(at('channels.yaml'), `channels: [${channel}]\n`);
    const shortened = ['--durations', '0.04'];
    await generate(
      'alertmanager',
      '--out',
      at('alertmanager'),
      '--channels',
      at('channels.yaml'),
      ...shortened,
    );
    const addresses = ['--target', local(serverPort), '--alertmanager', local(alertmanagerPort)];
    const labels = ['--environment', 'rehearsal', '--cluster', 'test', '--self', local(prometheusPort)];
    const runbooks = ['--runbook-url', `http://${local(serverPort)}/runbooks`];
    await generate(
      'prometheus',
      '--out',
      at('prometheus'),
      '--scrape-interval',
      '1s',
      ...shortened,
      ...addresses,
      ...labels,
      ...runbooks,
    );
    await generate('grafana', '--out', at('grafana'));
    alertmanager = await RunningProgram.start(
      ALERTMANAGER,
      [
        `--config.file=${at('alertmanager/alertmanager.yml')}`,
        `--storage.path=${at('alerts')}`,
        `--web.listen-address=${local(alertmanagerPort)}`,
        '--cluster.listen-address=',
      ],
      { port: alertmanagerPort, ready: '/-/ready' },
    );
    prometheus = await startPrometheus(at('prometheus'), prometheusPort);
    // The demo last, so that its incident finds everybody watching.
    const demo = [
      '--events',
      '5000',
      '--live-events',
      '300000000',
      '--incident-after',
      '10',
      '--incident-for',
      '20',
    ];
    server = await startServer(at('data'), {
      command: 'demo',
      args: ['--port', String(serverPort), ...demo],
      environment: { BELLWETHER_BUDGETS: budgets, BELLWETHER_DISCOVERY_APPLICATIONS: local(gatewayPort) },
    });
    gateway = await RunningGateway.start(at('gateway'), server.url, gatewayPort);
    traffic = useGateway();
  });

  afterAll(async () => {
    abort.abort();
    await traffic;
    await gateway?.stop();
    await server?.stop();
    await prometheus?.stop();
    await alertmanager?.stop();
    receiver?.stop();
    directory.remove();
  });

  /** Uses every part of the gateway, over and over. */
  async function useGateway(): Promise<void> {
    for (let round = 0; !abort.signal.aborted; round++) {
      await gateway.ask(`what is the price of item ${round}`, `user-${round % 5}`);
      await gateway.set(`flag.${round % 40}`, `value ${round}`);
      await gateway.call('GET', `/config/flag.${round % 40}`, 'eve');
      await gateway.call('PUT', '/config/flag.0', 'eve', { value: 'x' });
      await sleep(100);
    }
  }

  /** What the demo's incident looks like in a list of alerts. */
  const isIncident = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean =>
    Object.entries(incident).every(([name, value]) => labels[name] === value);

  async function alertsOfPrometheus(): Promise<readonly string[]> {
    const { data } = (await prometheus.get('/api/v1/alerts')) as {
      data: { alerts: { labels: Record<string, string>; state: string }[] };
    };
    return data.alerts.filter(isIncident).map(({ state }) => state);
  }

  /** Whether it has ever fired: on a slow machine it may be over when somebody looks. */
  async function hasFired(): Promise<boolean> {
    const selector = `alertname="${incident.alertname}", backend="${incident.backend}", alertstate="firing"`;
    return (await prometheus.query(`max_over_time(ALERTS{${selector}}[1h])`)).length > 0;
  }

  async function alertsOfAlertmanager(): Promise<readonly string[]> {
    const alerts = (await alertmanager.get('/api/v2/alerts')) as {
      labels: Record<string, string>;
      status: { state: string };
    }[];
    return alerts.filter(isIncident).map(({ status }) => status.state);
  }

  it('has all targets up, the one that service discovery names too', async () => {
    const up = async (): Promise<unknown> =>
      Object.fromEntries(
        (await prometheus.query('up{environment="rehearsal", cluster="test"}')).map(({ metric, value }) => [
          metric.job,
          value[1],
        ]),
      );
    // No node exporter runs here.
    const wanted = { 'custom-metrics': '1', 'llm-applications': '1', prometheus: '1', node: '0' };
    await expect.poll(up, patient).toEqual(wanted);
  });

  it('fires the alert of the incident in Prometheus, and tells the channel by way of Alertmanager', async () => {
    await expect.poll(hasFired, patient).toBe(true);
    const told = (): string[] => receiver.alerts.filter(isIncident).map(({ status }) => status);
    await expect.poll(told, patient).toContain('firing');
    const alert = receiver.alerts.find(isIncident);
    expect(alert?.annotations.summary).toMatch(/^[\d.]+% of the requests of openai-eu-west do not succeed$/);
    const runbook = await fetch(alert?.annotations.runbook_url ?? '');
    expect(await runbook.text()).toMatch(/^# BackendHighErrorRate\n/);
  });

  it('resolves it everywhere when the incident is over', async () => {
    await expect.poll(alertsOfPrometheus, patient).toEqual([]);
    const last = (): string | undefined => receiver.alerts.findLast(isIncident)?.status;
    await expect.poll(last, patient).toBe('resolved');
    await expect.poll(alertsOfAlertmanager, patient).toEqual([]);
  });

  it('has loaded every rule that was generated, and evaluates each without an error', async () => {
    const generated = ['recording', 'alerts', 'slo'].flatMap((name) =>
      (
        parse(readFileSync(at(`prometheus/rules/${name}.yaml`), 'utf8')) as { groups: { rules: object[] }[] }
      ).groups.flatMap(({ rules }) => rules),
    );
    const loaded = async (): Promise<readonly Rule[]> => {
      const { data } = (await prometheus.get('/api/v1/rules')) as { data: { groups: { rules: Rule[] }[] } };
      return data.groups.flatMap(({ rules }) => rules);
    };
    const healths = async (): Promise<unknown> => [...new Set((await loaded()).map(({ health }) => health))];
    expect((await loaded()).length).toBe(generated.length);
    expect((await loaded()).filter(({ health }) => health === 'err')).toEqual([]);
    await expect.poll(healths, patient).toEqual(['ok']);
    // A wrong bound of a bucket would make an objective look perfect.
    const rules = readFileSync(at('prometheus/rules/slo.yaml'), 'utf8');
    const buckets = [...new Set(rules.match(/\w+_bucket\{[^}]*\}/g))];
    expect(buckets.length).toBeGreaterThan(0);
    for (const selector of buckets) expect(await hasValue(selector)).toBe(true);
  });

  it('has data for every query of every panel, but where there rightly is none', async () => {
    const { queries, emptyVariables } = await filledQueries(at('grafana/dashboards'), prometheus);
    expect(emptyVariables).toEqual([]);
    expect(queries.length).toBeGreaterThan(130);
    let silent = queries.filter((query) => !mayBeEmpty(query));
    expect(silent.length).toBeGreaterThan(100);
    const stillSilent = async (): Promise<readonly string[]> => {
      const answers = await Promise.all(silent.map(({ promql }) => hasValue(promql)));
      silent = silent.filter((_query, index) => answers[index] === false);
      return silent.map(({ dashboard, panel, promql }) => `${dashboard}: ${panel}: ${promql}`);
    };
    await expect.poll(stillSilent, patient).toEqual([]);
    // The others must be right as well, whether they have an answer or not.
    for (const { promql } of queries) await prometheus.query(promql);
  });

  it('answers every query of the cookbook', async () => {
    const page = readFileSync(join(root, 'docs/operate/promql.md'), 'utf8');
    const queries = [...page.matchAll(/^```promql\n([^`]+)```/gm)].map(([, promql = '']) => promql.trim());
    expect(queries.length).toBeGreaterThanOrEqual(12);
    // All checks may be healthy, and there may be a price for everything.
    let silent = queries.filter((promql) => promql !== 'custom_metrics_integration_health < 1');
    const stillSilent = async (): Promise<readonly string[]> => {
      const answers = await Promise.all(silent.map(hasValue));
      silent = silent.filter((_query, index) => answers[index] === false);
      return silent;
    };
    await expect.poll(stillSilent, patient).toEqual([]);
  });

  async function hasValue(promql: string): Promise<boolean> {
    return (await prometheus.query(promql)).some(({ value }) => Number.isFinite(Number(value[1])));
  }
});

/** Whether a panel says why it can be empty; annotations mark what may not have happened. */
function mayBeEmpty({ dashboard, panel }: FilledQuery): boolean {
  const board = boards.find(({ uid }) => uid === dashboard);
  const declared =
    board?.sections.flatMap(({ panels }) => panels).filter(({ title }) => title === panel) ?? [];
  return declared.length === 0 || declared.some(({ emptyBecause }) => emptyBecause !== undefined);
}
