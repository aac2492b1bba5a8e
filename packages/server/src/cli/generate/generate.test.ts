import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { type CommandResult, runCommand } from '../test-output.ts';
import { addressOf, withoutCredentials } from './addresses.ts';
import { generateCommand } from './generate.ts';

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Record<string, unknown>[] }[];
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwether-generate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const generate = (...args: readonly string[]): Promise<CommandResult> =>
  runCommand(
    (output) =>
      generateCommand(
        { METRICS_SERVER_ENDPOINT: 'http://me:canary@am:9093', CUSTOM_METRICS_PORT: '9192' },
        output,
      ),
    ...args,
  );
const read = (name: string): unknown => parse(readFileSync(join(folder, name), 'utf8'));
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const rulesOf = (name: string): Record<string, unknown>[] =>
  (read(`rules/${name}.yaml`) as RuleFile).groups.flatMap(({ rules }) => rules);

describe('generate prometheus', () => {
  it('takes what it is not told from the configuration, and says what it wrote', async () => {
    const first = await generate('prometheus', '--out', folder);
    expect([first.failure, first.exitCode]).toEqual([null, 0]);
    expect(first.written.split('\n').map((line) => line.split(' ')[0])).toEqual([
      ...Array<string>(4).fill('written'),
      '',
    ]);
    const text = readFileSync(join(folder, 'prometheus.yml'), 'utf8');
    expect(text).not.toContain('canary');
    expect(parse(text)).toMatchObject({
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['am:9093'] }] }] },
      scrape_configs: [
        { job_name: 'custom-metrics', static_configs: [{ targets: ['127.0.0.1:9192'] }] },
        { http_sd_configs: [{ url: 'http://127.0.0.1:9192/api/v1/sd/prometheus' }] },
        {},
        {},
      ],
    });
    const second = await generate('prometheus', '--out', folder, '--label', 'team=platform');
    expect(second.written.match(/^\w+/gm)).toEqual(['unchanged', 'unchanged', 'changed', 'changed']);
  });

  it('takes packs, labels, thresholds, jobs and durations', async () => {
    const options = [
      '--packs',
      'llm,cost',
      '--label',
      'team=platform',
      '--threshold',
      'LLMHourlySpendHigh=250',
    ];
    const more = ['--server-job', 'mine', '--keep-labels', 'site', '--durations', '0.1'];
    const where = ['--runbook-url', 'https://wiki/runbooks'];
    expect((await generate('prometheus', '--out', folder, ...options, ...more, ...where)).failure).toBeNull();
    const rules = rulesOf('alerts');
    expect(rules.find(({ alert }) => alert === 'LLMHourlySpendHigh')).toEqual({
      alert: 'LLMHourlySpendHigh',
      expr: 'sum by (site) (rate(llm_cost_usd_total{job="mine"}[90s])) * 3600 > 250',
      for: '90s',
      labels: { severity: 'warning', team: 'platform' },
      annotations: {
        summary: expect.any(String) as string,
        description: expect.stringContaining('$250 an hour') as string,
        runbook_url: 'https://wiki/runbooks/LLMHourlySpendHigh',
      },
    });
    expect(rules.map(({ alert }) => alert)).not.toContain('BackendUnhealthy');
  });

  it('takes objectives of one’s own', async () => {
    const objectives = fileOf(
      'objectives.yaml',
      `objectives:
  - name: checkout
    description: Checkouts that work.
    target: 0.999
    bad_query: sum by () (rate(checkout_failures_total[$window]))
    total_query: sum by () (rate(checkouts_total[$window]))
`,
    );
    expect((await generate('prometheus', '--out', folder, '--objectives', objectives)).failure).toBeNull();
    const slos = new Set(rulesOf('slo').map(({ labels }) => (labels as { slo?: string }).slo));
    expect([...slos]).toEqual(['checkout']);
  });

  it.each([
    [['--packs', 'llm,nothing'], '--packs takes some of'],
    [['--label', 'severity=low'], '--label cannot set severity'],
    [['--label', '1x=y'], 'is no name of a label'],
    [['--threshold', 'LLMHourlySpendHigh=much'], '--threshold LLMHourlySpendHigh takes a number'],
    [['--threshold', 'NoSuchAlert=1'], 'NoSuchAlert is no alert with a threshold.'],
    [['--durations', '2'], '--durations takes a number above 0 and at most 1'],
    [['--scrape-interval', 'soon'], '--scrape-interval: soon is no duration'],
    [['--objectives', '/no/such/file'], '/no/such/file cannot be read'],
  ])('refuses %j', async (options, problem) => {
    const { failure, exitCode } = await generate('prometheus', '--out', folder, ...options);
    expect(failure).toContain(problem);
    expect(exitCode).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the key of an objective that is wrong', async () => {
    const objectives = fileOf('wrong.yaml', 'objectives: [{ name: a, target: 2, total: x }]\n');
    const { failure } = await generate('prometheus', '--out', folder, '--objectives', objectives);
    expect(failure).toContain('/objectives/0');
    expect(failure).toContain('target');
  });
});

describe('generate grafana', () => {
  it('takes the data source from the configuration, and packs and labels from the command line', async () => {
    const options = ['--packs', 'platform', '--keep-labels', 'site', '--runbook-url', 'https://wiki/r'];
    const { failure } = await runCommand(
      (output) => generateCommand({ PROMETHEUS_ENDPOINT: 'http://me:canary@p:9090' }, output),
      'grafana',
      '--out',
      folder,
      ...options,
    );
    expect(failure).toBeNull();
    expect(read('provisioning/datasources/bellwether.yaml')).toMatchObject({
      datasources: [{ type: 'prometheus', url: 'http://p:9090', jsonData: { timeInterval: '15s' } }],
    });
    expect(readdirSync(join(folder, 'dashboards')).toSorted()).toEqual([
      'bellwether-itself.json',
      'bellwether-overview.json',
      'bellwether-platform.json',
      'bellwether-slo.json',
    ]);
    const text = readFileSync(join(folder, 'dashboards/bellwether-overview.json'), 'utf8');
    expect(text).toContain('site=~\\"$site\\"');
    expect(text).not.toContain('$environment');
    expect(text).toContain('"url": "https://wiki/r/ServiceDown"');
  });

  it('writes V2 resources on request', async () => {
    expect((await generate('grafana', '--out', folder, '--form', 'v2')).failure).toBeNull();
    expect(read('dashboards/bellwether-slo.json')).toMatchObject({
      apiVersion: 'dashboard.grafana.app/v2',
      spec: { editable: false, timeSettings: { autoRefresh: '30s' } },
    });
  });
});

describe('generate alertmanager', () => {
  it('takes channels of one’s own, for the version that will read them', async () => {
    const channels = fileOf(
      'channels.yaml',
      `channels:
  - { name: team, kind: teams, severities: [critical, warning], url_file: /run/secrets/teams }
  - { name: hook, kind: webhook, severities: [info], url: 'http://127.0.0.1:8080/alerts' }
`,
    );
    const options = ['--channels', channels, '--alertmanager-version'];
    const old = await generate('alertmanager', '--out', folder, ...options, '0.25');
    expect(old.failure).toContain('Alertmanager 0.25 cannot write to Teams');
    expect((await generate('alertmanager', '--out', folder, ...options, '0.28.1')).failure).toBeNull();
    expect(read('alertmanager.yml')).toMatchObject({
      receivers: [
        { name: 'nobody' },
        { name: 'team', msteamsv2_configs: [{ webhook_url_file: '/run/secrets/teams' }] },
        { name: 'hook', webhook_configs: [{ url: 'http://127.0.0.1:8080/alerts' }] },
      ],
    });
  });

  it.each([
    ['channels: [{ name: a, kind: pigeon, severities: [info] }]', 'is wrong'],
    ['channels: [{ name: a, kind: slack, severities: [info], url_file: x, chanel: y }]', 'is wrong'],
    ['channels: [', 'cannot be read'],
    [
      "channels: [{ name: nobody, kind: webhook, severities: [info], url: 'http://a' }]",
      'The name nobody is taken',
    ],
  ])('refuses %s', async (text, problem) => {
    const { failure } = await generate('alertmanager', '--out', folder, '--channels', fileOf('c.yaml', text));
    expect(failure).toContain(problem);
    expect(readdirSync(folder)).toEqual(['c.yaml']);
  });

  it('refuses a version that is none', async () => {
    const { failure } = await generate('alertmanager', '--out', folder, '--alertmanager-version', 'new');
    expect(failure).toBe('new is no version of Alertmanager, e.g. 0.25.');
  });
});

describe('the examples of the documentation', () => {
  const example = (page: string, begins: string): string => {
    const text = readFileSync(join(import.meta.dirname, '../../../../../docs/operate', page), 'utf8');
    const found = [...text.matchAll(/^```yaml\n([^`]+)```/gm)].find(([, yaml = '']) =>
      yaml.startsWith(begins),
    );
    return found?.[1] ?? '';
  };
  const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

  it.runIf(isThere('amtool'))('of channels are what Alertmanager takes', async () => {
    const channels = fileOf('channels.yaml', example('alertmanager.md', 'channels:'));
    expect((await generate('alertmanager', '--out', folder, '--channels', channels)).failure).toBeNull();
    const { status, stdout } = spawnSync('amtool', ['check-config', join(folder, 'alertmanager.yml')], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('6 receivers');
    expect(status).toBe(0);
  });

  it.runIf(isThere('promtool'))('of objectives are what Prometheus takes', async () => {
    const objectives = fileOf('objectives.yaml', example('prometheus.md', 'objectives:'));
    expect((await generate('prometheus', '--out', folder, '--objectives', objectives)).failure).toBeNull();
    const { status, stdout } = spawnSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('12 rules found');
    expect(status).toBe(0);
  });
});

describe('addresses', () => {
  it('are shown without credentials, whichever way they were written', () => {
    expect(['am:9093', 'http://u:p@am:9093', 'https://am', 'http://am', ''].map(addressOf)).toEqual([
      'am:9093',
      'am:9093',
      'am:443',
      'am:80',
      '',
    ]);
    expect(['https://u:p@p/x/', 'p:9090', ''].map(withoutCredentials)).toEqual([
      'https://p/x',
      'http://p:9090',
      '',
    ]);
  });
});
