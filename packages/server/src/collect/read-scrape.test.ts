import { describe, expect, it } from 'vitest';
import { exporterKinds, readCollectorJobs, readHealthChecks } from '../config/collector-items.ts';
import { readScrape, RestartWatch } from './read-scrape.ts';
import { relayed } from './relay-scrape.ts';

const AT_MS = 1_790_000_000_000;
const read = (text: string, labels: Record<string, string> = {}, samplesMax = 100) =>
  readScrape(Buffer.from(text), 'text/plain; version=0.0.4', { labels }, { samplesMax, atMs: AT_MS });

/** By the names that vLLM documents for its exporter. */
const vllm = `# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name="m"} 3
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{model_name="m"} 1200
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{model_name="m",le="0.1"} 2
vllm:time_to_first_token_seconds_bucket{model_name="m",le="1"} 5
vllm:time_to_first_token_seconds_bucket{model_name="m",le="+Inf"} 6
vllm:time_to_first_token_seconds_sum{model_name="m"} 4.5
vllm:time_to_first_token_seconds_count{model_name="m"} 6
`;

describe('a scrape', () => {
  it('gives samples with their kinds and the labels of the target', () => {
    const { samples, rejected } = read(vllm, { cluster: 'a' });
    expect(rejected).toBe(0);
    expect(samples.map(({ name, kind, value }) => [name.slice(5), kind, value])).toEqual([
      ['num_requests_running', 'gauge', 3],
      ['generation_tokens_total', 'counter', 1200],
      ['time_to_first_token_seconds_bucket', 'counter', 2],
      ['time_to_first_token_seconds_bucket', 'counter', 5],
      ['time_to_first_token_seconds_bucket', 'counter', 6],
      ['time_to_first_token_seconds_sum', 'counter', 4.5],
      ['time_to_first_token_seconds_count', 'counter', 6],
    ]);
    expect(samples[2]).toEqual({
      name: 'vllm:time_to_first_token_seconds_bucket',
      kind: 'counter',
      labels: { cluster: 'a', le: '0.1', model_name: 'm' },
      timestampMs: AT_MS,
      value: 2,
    });
  });

  it('keeps the name of a counter that is exposed without _total', () => {
    const { samples } = read('# TYPE nv_inference_request_success counter\nnv_inference_request_success 3\n');
    expect(samples).toMatchObject([{ name: 'nv_inference_request_success', kind: 'counter', value: 3 }]);
  });

  it('keeps series apart whose labels have given way already, as Prometheus does', () => {
    const { samples } = read(
      'up{instance="a",exported_instance="x"} 1\nup{instance="a",exported_instance="y"} 0\n',
      { exported_job: 'j' },
    );
    expect(samples.map(({ labels, value }) => [labels, value])).toEqual([
      [{ exported_exported_instance: 'a', exported_instance: 'x', exported_job: 'j' }, 1],
      [{ exported_exported_instance: 'a', exported_instance: 'y', exported_job: 'j' }, 0],
    ]);
  });

  it('keeps the labels of a sample beside those of its target', () => {
    const { samples } = read('up{job="x",cluster="b",empty=""} 1\n', { cluster: 'a' });
    expect(samples[0]?.labels).toEqual({ cluster: 'a', exported_cluster: 'b', exported_job: 'x' });
  });

  it('refuses samples of another time, and too many of them', () => {
    expect(read(`a 1 ${AT_MS}\nb 1 ${AT_MS - 3_600_000}\n`)).toMatchObject({
      rejected: 1,
      samples: [{ name: 'a' }],
    });
    expect(() => read('a 1\nb 1\nc 1\n', {}, 2)).toThrow('there are more than 2 samples');
    expect(() => read('<html>')).toThrow(/./);
  });

  it('puts histograms together again', () => {
    const { samples } = read(vllm);
    const whole = relayed(samples, { job: 'v', instance: 'h:1' }).find(
      ({ value }) => value?.kind === 'histogram',
    );
    expect(whole).toMatchObject({
      name: 'vllm:time_to_first_token_seconds',
      labels: { model_name: 'm' },
      value: { count: 6, sum: 4.5, bounds: [0.1, 1], counts: [2, 3, 1] },
    });
  });
});

describe('restarts', () => {
  const scrape = (total: number, started = 1000) =>
    read(
      `# TYPE a_total counter\na_total ${total}\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${started}\n`,
    ).samples;

  it('are seen by totals that fall and by a later start of the process, once', () => {
    const watch = new RestartWatch();
    const seen = [
      [5, 1000],
      [7, 1000.4],
      [3, 1000.4],
      [4, 1000],
      [9, 1200],
      [9, 1200],
    ].map(([total = 0, started]) => watch.take(scrape(total, started)));
    expect(seen).toEqual([false, false, true, false, true, false]);
  });
});

describe('the configuration', () => {
  it.each([
    [{ id: 'a' }, 'targets or http_sd or file_sd must be given'],
    [{ id: 'a', targets: 'host' }, 'targets must be HOST:PORT'],
    [{ id: 'a', targets: 'host:70000' }, 'targets must be HOST:PORT'],
    [{ id: 'a', http_sd: 'http://u:p@host' }, 'http_sd must have no credentials'],
    [{ id: 'a', targets: 'h:1', path: 'metrics' }, 'path must begin with /'],
    [
      { id: 'a', targets: 'h:1', interval: '1s', timeout: '2s' },
      'timeout must not be longer than the interval',
    ],
    [
      { id: 'a', targets: 'h:1', kind: 'llama' },
      `kind must be one of auto, none, ${exporterKinds.join(', ')}`,
    ],
    [
      {
        id: 'a',
        targets: 'h:1',
        bearer_token_file: '/t',
        basic_auth: { username: 'u', password_file: '/p' },
      },
      'bearer_token_file and basic_auth exclude each other',
    ],
    [
      { id: 'a', targets: 'h:1', basic_auth: { username: 'u', password: 'p' } },
      'basic_auth: password_file must be a text of 1 to 4096 characters',
    ],
    [
      { id: 'a', targets: 'h:1', basic_auth: { username: 'u:v', password_file: '/p' } },
      'basic_auth: username must not have a colon',
    ],
    [
      { id: 'a', targets: 'h:1', header_files: { Host: '/f' } },
      'header_files: Host is a header that cannot be chosen',
    ],
    [
      { id: 'a', targets: 'h:1', header_files: { 'a b': '/f' } },
      'header_files: "a b" is no name of a header',
    ],
    [{ id: 'a', targets: 'h:1', tls: { cert_file: '/c' } }, 'tls: cert_file and key_file go together'],
    [
      { id: 'a', targets: 'h:1', tls: { insecure: true, ca_file: '/c' } },
      'tls: insecure makes ca_file useless',
    ],
    [{ id: 'a', targets: 'h:1', bearer_token_file: 't' }, 'bearer_token_file must be an absolute path'],
    [{ id: 'a', targets: 'h:1', samples_max: 0.5 }, 'samples_max must be a whole number up to 100000'],
  ])('refuses the job %j', (job, problem) => {
    expect(readCollectorJobs([job])).toBe(`is wrong: item 1: ${problem}`);
  });

  it('refuses a check of nothing, and of two things', () => {
    const problem = 'is wrong: item 1: http or tcp must be given, one of the two';
    expect(readHealthChecks([{ id: 'a' }])).toBe(problem);
    expect(readHealthChecks([{ id: 'a', tcp: 'h:1', http: 'http://h' }])).toBe(problem);
    expect(readHealthChecks([{ id: 'a', tcp: '[::1]:5432' }])).toMatchObject([
      { probe: { kind: 'tcp', host: '::1', port: 5432 }, critical: false, timeoutMs: 5000 },
    ]);
  });
});
