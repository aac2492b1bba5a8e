import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';
import { configKeys } from './schema.ts';
import { faults, loadText, temporaryDirectory, temporaryFile } from './test-config.ts';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The file that existing installations have; it must load as it is. */
const contractFile = `
service: { name: custom-metrics, port: 9091, host: "0.0.0.0", workers: 2 }
metrics: { collection_interval: 15, retention_days: 90, compression_enabled: true, backup_enabled: true, archival_enabled: true }
business_intelligence: { enabled: true, revenue_per_request: 0.01, cost_per_request: 0.005, user_satisfaction_weight: 0.3, performance_weight: 0.4, cost_efficiency_weight: 0.3 }
cost_analysis: { enabled: true, model_cost_tracking: true, resource_utilization_tracking: true, optimization_recommendations: true }
user_analytics: { enabled: true, adoption_tracking: true, usage_pattern_analysis: true, satisfaction_metrics: true }
performance: { memory_limit_gb: 1, cpu_cores: 2, log_level: INFO }
monitoring: { prometheus_endpoint: "http://HOST:9090", grafana_endpoint: "http://HOST:3000", sql_database_endpoint: "HOST:5432", metrics_server_endpoint: "HOST:9093" }
`;

const contract = {
  service: { name: 'custom-metrics', port: 9091, host: '0.0.0.0', workers: 2 },
  metrics: {
    collection_interval: 15,
    retention_days: 90,
    compression_enabled: true,
    backup_enabled: true,
    archival_enabled: true,
  },
  business_intelligence: {
    enabled: true,
    revenue_per_request: '0.01',
    cost_per_request: '0.005',
    user_satisfaction_weight: 0.3,
    performance_weight: 0.4,
    cost_efficiency_weight: 0.3,
  },
  cost_analysis: {
    enabled: true,
    model_cost_tracking: true,
    resource_utilization_tracking: true,
    optimization_recommendations: true,
  },
  user_analytics: {
    enabled: true,
    adoption_tracking: true,
    usage_pattern_analysis: true,
    satisfaction_metrics: true,
  },
  performance: { memory_limit_gb: 1, cpu_cores: 2, log_level: 'INFO' },
  monitoring: {
    prometheus_endpoint: 'http://HOST:9090',
    grafana_endpoint: 'http://HOST:3000',
    sql_database_endpoint: 'HOST:5432',
    metrics_server_endpoint: 'http://HOST:9093',
  },
};

describe('loadConfig', () => {
  it('loads the contract file as it is', () => {
    expect(loadText(contractFile).config).toMatchObject(contract);
  });

  it('loads the same as JSON, indented by tabs', () => {
    const json = JSON.stringify({ ...contract, storage: { data_dir: '/d "\u00e9\u{1f600}' } }, null, '\t');
    const { config } = loadConfig({ file: temporaryFile('bellwether.json', json), environment: {} });
    expect(config).toMatchObject(contract);
    expect(config.storage.data_dir).toBe('/d "\u00e9\u{1f600}');
  });

  it('has defaults that are right by its own rules, and says that they are defaults', () => {
    const { config, sources, file } = loadConfig({ environment: {} });
    expect(file).toBeNull();
    expect(new Set([...sources.values()].map((source) => source.kind))).toEqual(new Set(['default']));
    expect([...sources.keys()]).toEqual([...configKeys.keys()]);
    expect(config).toMatchObject({
      service: { ...contract.service, host: '127.0.0.1' },
      metrics: contract.metrics,
      business_intelligence: contract.business_intelligence,
      cost_analysis: contract.cost_analysis,
      user_analytics: contract.user_analytics,
      performance: contract.performance,
      monitoring: {
        prometheus_endpoint: '',
        grafana_endpoint: '',
        sql_database_endpoint: '',
        metrics_server_endpoint: '',
      },
    });
  });

  it('lets the environment win over the file, and options over both', () => {
    const file = 'service:\n  port: 1001\n  host: a.example\nstorage:\n  data_dir: /from/file\n';
    const environment = { CUSTOM_METRICS_PORT: '1002', BELLWETHER_HOST: 'b.example' };
    const { config, sources } = loadText(file, { environment, overrides: { 'service.port': '1003' } });
    expect([config.service.port, config.service.host, config.storage.data_dir]).toEqual([
      1003,
      'b.example',
      '/from/file',
    ]);
    expect(sources.get('service.port')).toEqual({ kind: 'option', flag: '--port' });
    expect(sources.get('service.host')).toEqual({ kind: 'environment', variable: 'BELLWETHER_HOST' });
    expect(sources.get('storage.data_dir')).toMatchObject({ kind: 'file', line: 5 });
    expect(sources.get('service.workers')).toEqual({ kind: 'default' });
  });

  it('takes an option that was not given, and an empty variable, as absent', () => {
    const { config } = loadConfig({
      environment: { CUSTOM_METRICS_PORT: '', BELLWETHER_CONFIG: '' },
      overrides: { 'service.host': undefined },
    });
    expect([config.service.port, config.service.host]).toEqual([9091, '127.0.0.1']);
  });

  it('finds the file by BELLWETHER_CONFIG unless --config names another', () => {
    const byVariable = temporaryFile('a.yaml', 'service: { port: 1 }');
    const byOption = temporaryFile('b.yaml', 'service: { port: 2 }');
    const environment = { BELLWETHER_CONFIG: byVariable };
    expect(loadConfig({ environment }).config.service.port).toBe(1);
    expect(loadConfig({ environment, file: byOption }).config.service.port).toBe(2);
  });

  it('freezes the configuration to its depths', () => {
    const { config } = loadText('pricing: { cards: [a.yaml] }');
    expect(() => Object.assign(config.service, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config, { service: {} })).toThrow(TypeError);
    expect(() => (config.pricing.cards as string[]).push('b')).toThrow(TypeError);
    // The defaults are shared between loads, so they are copies that are frozen too.
    expect(() => (config.packs.llm_latency_buckets as number[]).push(99)).toThrow(TypeError);
  });

  it('resolves paths of a file beside it, and leaves the others alone', () => {
    const directory = temporaryDirectory();
    const file = temporaryFile(
      'x.yaml',
      'storage: { data_dir: ./d }\npricing: { cards: [cards/a.yaml, /abs/b.yaml] }',
    );
    const { config } = loadConfig({ file, environment: { BELLWETHER_LOGS_DIRECTORY: 'logs' } });
    expect(config.storage.data_dir).toBe(join(file, '..', 'd'));
    expect(config.pricing.cards).toEqual([join(file, '..', 'cards/a.yaml'), '/abs/b.yaml']);
    expect(config.logs.directory).toBe('logs');
    // A mounted file is often a link; paths are relative to the name that was given.
    symlinkSync(file, join(directory, 'link.yaml'));
    const linked = loadConfig({ file: join(directory, 'link.yaml'), environment: {} });
    expect(linked.config.storage.data_dir).toBe(join(directory, 'd'));
  });

  it('gives all faults of all sources at once, each with its place', () => {
    const file = [
      'metrics:',
      '  retention_days: -3',
      '  collection_interval: soon',
      'service:',
      '  prot: 1',
      '  host: 300.1.1.1',
      'performance: { log_level: LOUD }',
    ].join('\n');
    const load = (): unknown =>
      loadText(file, {
        environment: { CUSTOM_METRICS_MEMORY_GB: 'lots' },
        overrides: { 'service.port': '70000' },
      });
    expect(faults(load)).toEqual([
      'metrics.retention_days: must be at least 1, is -3 (in bellwether.yaml line 2)',
      'metrics.collection_interval: must be a whole number of seconds, or a text such as "10m", is "soon" (in bellwether.yaml line 3)',
      'service.prot: is not a known key; did you mean service.port? (in bellwether.yaml line 5)',
      'service.host: must be an IP address or a host name, is "300.1.1.1" (in bellwether.yaml line 6)',
      'performance.log_level: must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, WARNING, CRITICAL, is "LOUD" (in bellwether.yaml line 7)',
      'performance.memory_limit_gb: must be a number, is "lots" (in environment variable CUSTOM_METRICS_MEMORY_GB)',
      'service.port: must be at most 65535, is 70000 (in option --port)',
    ]);
  });

  it('refuses values that contradict each other, at the one that was set', () => {
    expect(faults(() => loadText('storage:\n  disk_critical_percent: 80'))).toEqual([
      'storage.disk_critical_percent: disk_warning_percent (80) must be less than disk_critical_percent (80) (in bellwether.yaml line 2)',
    ]);
    expect(faults(() => loadText('ingest: { decoded_bytes_max: 1 GiB }'))).toEqual([
      'ingest.decoded_bytes_max: queue_bytes_max (128 MiB) must be at least decoded_bytes_max (1 GiB), or the largest request could never be taken (in bellwether.yaml line 1)',
    ]);
    expect(faults(() => loadText('ingest: { body_bytes_max: 65 MiB }'))).toEqual([
      'ingest.body_bytes_max: decoded_bytes_max (32 MiB) must be at least body_bytes_max (65 MiB) (in bellwether.yaml line 1)',
    ]);
    const budget = 'budgets: [{ id: search, amount_usd: 10, period: month }]';
    expect(faults(() => loadText(`retention: { events_days: 31 }\n${budget}`))).toEqual([
      'retention.events_days: events_days (31) must be at least 32 for the budget search, which is counted by the month (in bellwether.yaml line 1)',
    ]);
    expect(loadText(`retention: { events_days: 32 }\n${budget}`).config.budgets.items).toHaveLength(1);
    const weights = { USER_SATISFACTION_WEIGHT: '0', PERFORMANCE_WEIGHT: '0', COST_EFFICIENCY_WEIGHT: '0' };
    expect(faults(() => loadConfig({ environment: weights }))).toEqual([
      'business_intelligence.user_satisfaction_weight: the three weights must not all be 0 (in environment variable USER_SATISFACTION_WEIGHT)',
    ]);
  });
});
