import { describe, expect, it } from 'vitest';
import { describeConfig, secretValues } from './describe.ts';
import { loadConfig } from './load.ts';
import { configKeys } from './schema.ts';
import { faults, temporaryFile } from './test-config.ts';
import type { Environment } from './text-layers.ts';

const load = (environment: Environment) => loadConfig({ environment });

describe('the environment', () => {
  it('knows the variables of the contract by exactly these names', () => {
    const { config } = load({
      CUSTOM_METRICS_PORT: '9191',
      CUSTOM_METRICS_MEMORY_GB: '2',
      CUSTOM_METRICS_CPU_CORES: '1.5',
      CUSTOM_METRICS_COLLECTION_INTERVAL: '30',
      BUSINESS_METRICS_ENABLED: 'false',
      COST_ANALYSIS_ENABLED: 'False',
      ROI_TRACKING_ENABLED: '0',
      USER_ADOPTION_TRACKING: 'off',
      METRICS_RETENTION_DAYS: '91',
      METRICS_COMPRESSION_ENABLED: 'no',
      METRICS_BACKUP_ENABLED: 'FALSE',
      METRICS_ARCHIVAL_ENABLED: 'false',
      PROMETHEUS_ENDPOINT: 'http://p:9090/',
      GRAFANA_ENDPOINT: 'https://g/base',
      SQL_DATABASE_ENDPOINT: '[::1]:5432',
      METRICS_SERVER_ENDPOINT: 'am_1:9093',
      REVENUE_PER_REQUEST: '0.02',
      COST_PER_REQUEST: '1e-7',
      USER_SATISFACTION_WEIGHT: '0.5',
      PERFORMANCE_WEIGHT: '0.25',
      COST_EFFICIENCY_WEIGHT: '0.25',
    });
    expect(config).toMatchObject({
      service: { port: 9191 },
      performance: { memory_limit_gb: 2, cpu_cores: 1.5 },
      metrics: {
        collection_interval: 30,
        retention_days: 91,
        compression_enabled: false,
        backup_enabled: false,
        archival_enabled: false,
      },
      business_intelligence: {
        enabled: false,
        revenue_per_request: '0.02',
        cost_per_request: '0.0000001',
        user_satisfaction_weight: 0.5,
        performance_weight: 0.25,
        cost_efficiency_weight: 0.25,
      },
      cost_analysis: { enabled: false },
      packs: { roi_tracking: false },
      user_analytics: { adoption_tracking: false },
      monitoring: {
        prometheus_endpoint: 'http://p:9090',
        grafana_endpoint: 'https://g/base',
        sql_database_endpoint: '[::1]:5432',
        metrics_server_endpoint: 'http://am_1:9093',
      },
    });
  });

  it('has one variable for each key', () => {
    const variables = [...configKeys.values()].map((declared) => declared.variable);
    expect(new Set(variables).size).toBe(configKeys.size);
    // Kubernetes sets these two for a Service called bellwether.
    expect(variables).not.toContain('BELLWETHER_SERVICE_HOST');
    expect(variables).not.toContain('BELLWETHER_SERVICE_PORT');
  });

  it('takes lists with commas', () => {
    const { config } = load({
      BELLWETHER_PRICING_CARDS: 'a.yaml, /b.yaml',
      BELLWETHER_PACKS_LLM_LATENCY_BUCKETS: '0.1,1,10',
    });
    expect(config.pricing.cards).toEqual(['a.yaml', '/b.yaml']);
    expect(config.packs.llm_latency_buckets).toEqual([0.1, 1, 10]);
  });

  it.each([
    [
      { CUSTOM_METRICS_PORT: 'tcp://10.0.0.1:9091' },
      'service.port: must be a whole number, is "tcp://10.0.0.1:9091"; Kubernetes sets this for a Service of that name unless the pod has enableServiceLinks: false (in environment variable CUSTOM_METRICS_PORT)',
    ],
    [
      { CUSTOM_METRICS_PORT: '0x10' },
      'service.port: must be a whole number, is "0x10" (in environment variable CUSTOM_METRICS_PORT)',
    ],
    [
      { METRICS_RETENTION_DAYS: '1.5' },
      'metrics.retention_days: must be a whole number of days, or a text such as "7d", is 1.5 (in environment variable METRICS_RETENTION_DAYS)',
    ],
    [
      { COST_ANALYSIS_ENABLED: 'maybe' },
      'cost_analysis.enabled: must be true or false, is "maybe" (in environment variable COST_ANALYSIS_ENABLED)',
    ],
    [
      { SQL_DATABASE_ENDPOINT: 'postgres://db:5432/x' },
      'monitoring.sql_database_endpoint: must be HOST:PORT, is "postgres://db:5432/x" (in environment variable SQL_DATABASE_ENDPOINT)',
    ],
    [
      { BELLWETHER_STORAGE_DATADIR: '/x' },
      'BELLWETHER_STORAGE_DATADIR: is not a known variable; did you mean BELLWETHER_STORAGE_DATA_DIR? (in environment variable BELLWETHER_STORAGE_DATADIR)',
    ],
    [
      { COST_PER_REQUEST: '-1' },
      'business_intelligence.cost_per_request: must be at least 0, is "-1" (in environment variable COST_PER_REQUEST)',
    ],
    [
      { BELLWETHER_PACKS_LLM_LATENCY_BUCKETS: '1,1' },
      'packs.llm_latency_buckets: must be a list of positive numbers in ascending order, is a list (in environment variable BELLWETHER_PACKS_LLM_LATENCY_BUCKETS)',
    ],
  ])('%j is refused', (environment, fault) => {
    expect(faults(() => load(environment))).toEqual([fault]);
  });

  it('leaves variables of others alone', () => {
    expect(
      faults(() =>
        load({
          PATH: '/bin',
          BELLWETHER_SERVICE_HOST: '10.0.0.1',
          BELLWETHER_SERVICE_PORT: '9091',
          BELLWETHER_PORT: 'tcp://10.0.0.1:9091',
          BELLWETHER_VERSION: '1',
        }),
      ),
    ).toEqual([]);
  });
});

describe('secrets', () => {
  const url = 'https://user:p%40ss@clickhouse:8443';

  it('come from files too, and are never shown', () => {
    const file = temporaryFile('ledger-url', `${url}\n`);
    const loaded = load({ BELLWETHER_LEDGER_URL_FILE: file });
    expect(loaded.config.ledger.url).toBe(url);
    expect(describeConfig(loaded).find(({ key }) => key === 'ledger.url')).toEqual({
      key: 'ledger.url',
      value: 'https://***@clickhouse:8443',
      source: 'the file that BELLWETHER_LEDGER_URL_FILE names',
      isDefault: false,
    });
    expect(secretValues(loaded.config)).toEqual(['p%40ss', 'p@ss']);
  });

  it('are not in the message that refuses them', () => {
    const secret = 'ftp://user:hunter2@host';
    const file = temporaryFile('ledger-url', secret);
    const messages = [
      ...faults(() => load({ BELLWETHER_LEDGER_URL: secret })),
      ...faults(() => load({ BELLWETHER_LEDGER_URL_FILE: file })),
      ...faults(() => load({ PROMETHEUS_ENDPOINT: 'http://user:hunter2@host:9090/#x' })),
    ];
    expect(messages).toHaveLength(3);
    expect(messages.join('\n')).not.toContain('hunter2');
  });

  it('are refused when given twice, and when the file is not there', () => {
    const file = temporaryFile('ledger-url', url);
    expect(faults(() => load({ BELLWETHER_LEDGER_URL: url, BELLWETHER_LEDGER_URL_FILE: file }))[0]).toBe(
      'ledger.url: is given both by BELLWETHER_LEDGER_URL and by BELLWETHER_LEDGER_URL_FILE (in environment variable BELLWETHER_LEDGER_URL)',
    );
    expect(faults(() => load({ BELLWETHER_LEDGER_URL_FILE: '/absent' }))).toEqual([
      'ledger.url: the file "/absent" does not exist (in environment variable BELLWETHER_LEDGER_URL_FILE)',
    ]);
    // Only keys that may hold a secret have such a variable.
    expect(load({ CUSTOM_METRICS_PORT_FILE: '/absent' }).config.service.port).toBe(9091);
  });
});
