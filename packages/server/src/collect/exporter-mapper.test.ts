import { catalogue } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import type { ExporterChoice } from '../config/collector-items.ts';
import { exporterKinds } from '../config/collector-items.ts';
import { ExporterMapper, FOLLOWED_SERIES_MAX } from './exporter-mapper.ts';
import { exporterTables } from './exporters/index.ts';
import { readScrape } from './read-scrape.ts';
import { relayed } from './relay-scrape.ts';

const AT_MS = 1_790_000_000_000;

/** A mapper of one target, and what it makes of texts. */
function open(labels: Record<string, string> = {}, choice: ExporterChoice = 'auto') {
  const mapper = new ExporterMapper(choice, { instance: 'gpu-1:8000', labels });
  return (text: string, restarted = false) =>
    mapper.take(
      readScrape(Buffer.from(text), 'text/plain; version=0.0.4', { labels }, { samplesMax: 100, atMs: AT_MS })
        .families,
      { atMs: AT_MS, restarted },
    );
}

/** Series as lines, in order. */
function lines({ samples }: ReturnType<ReturnType<typeof open>>): string[] {
  return samples
    .map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
      return `${name}{${pairs.join(',')}} ${value}`;
    })
    .toSorted();
}

const vllm = (prompt: number, stop: number, abort: number): string => `# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m"} ${prompt}
vllm:prompt_tokens_total{engine="1",model_name="m"} 10
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} ${stop}
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 1
vllm:request_success_total{engine="0",finished_reason="abort",model_name="m"} ${abort}
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3
vllm:num_requests_running{engine="1",model_name="m"} 4
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
`;

describe('the tables', () => {
  const declared = new Map(catalogue.map((family) => [family.name, family]));

  it('are one for each exporter that can be configured', () => {
    expect(exporterTables.map(({ kind }) => kind).toSorted()).toEqual([...exporterKinds].toSorted());
  });

  it('lead to families that are for exporters or applications, with labels that those have', () => {
    const wrong = exporterTables.flatMap(({ kind, rules }) =>
      rules
        .filter(({ to, labels = {} }) => {
          const family = declared.get(to);
          const known = Object.keys(labels).every((label) => family?.labels?.includes(label));
          const isShown = family?.recordedBy.some((source) => source !== 'server') === true;
          const isOwn = family?.recordedBy.includes('server') === true;
          return !known || !isShown || isOwn;
        })
        .map(({ to }) => `${kind} ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('fill every family that only exporters fill', () => {
    const filled = new Set(exporterTables.flatMap(({ rules }) => rules.map(({ to }) => to)));
    const alone = catalogue.filter(({ pack }) => pack === 'model_server').map(({ name }) => name);
    expect(alone.filter((name) => !filled.has(name))).toEqual([]);
  });
});

describe('vLLM', () => {
  it('counts what comes from the first scrape on, and adds up its engines', () => {
    const take = open({ cluster: 'a' });
    expect(take(vllm(1000, 5, 2)).exporters).toEqual(['vllm']);
    expect(lines(take(vllm(1300, 7, 3)))).toEqual([
      'model_server_kv_cache_usage_ratio{backend=gpu-1:8000,cluster=a,model=m} 0.75',
      'model_server_requests_running{backend=gpu-1:8000,cluster=a,model=m} 7',
      'model_server_requests_total{backend=gpu-1:8000,cluster=a,model=m,outcome=cancelled} 1',
      'model_server_requests_total{backend=gpu-1:8000,cluster=a,model=m,outcome=success} 2',
      'model_server_tokens_total{backend=gpu-1:8000,cluster=a,model=m,token_type=input} 300',
    ]);
  });

  it('goes on over a restart, and over a series that is gone and comes back', () => {
    const take = open();
    const input = (text: string, restarted = false) =>
      take(text, restarted).samples.find(({ name }) => name === 'model_server_tokens_total')?.value;
    expect(input(vllm(1000, 1, 1))).toBe(0);
    expect(input(vllm(1500, 1, 1))).toBe(500);
    // Begun anew: 40 and, of the other engine, as many as before.
    expect(input(vllm(40, 1, 1), true)).toBe(540);
    const alone =
      '# TYPE vllm:prompt_tokens_total counter\nvllm:prompt_tokens_total{engine="0",model_name="m"}';
    expect(input(`${alone} 60\n`)).toBe(560);
    expect(input(vllm(60, 1, 1))).toBe(560);
    // Gone while the exporter began anew: what is there then is new.
    expect(input(`${alone} 5\n`, true)).toBe(565);
    expect(input(vllm(5, 1, 1))).toBe(575);
  });

  it('counts whole what appears after the first scrape', () => {
    const take = open();
    take('# TYPE up gauge\nup 1\n');
    const { samples } = take(vllm(5, 1, 1));
    expect(samples.find(({ name }) => name === 'model_server_tokens_total')?.value).toBe(15);
  });

  it('takes the newest of several names, and the name of the backend from the target', () => {
    const take = open({ backend: 'berlin-1' });
    const text = `# TYPE vllm:gpu_cache_usage_perc gauge
vllm:gpu_cache_usage_perc{model_name="m"} 0.5
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{model_name="m"} 0.6
`;
    expect(lines(take(text))).toEqual(['model_server_kv_cache_usage_ratio{backend=berlin-1,model=m} 0.6']);
  });

  it('gives durations as the families of OpenTelemetry', () => {
    const take = open();
    const text = (
      low: number,
      all: number,
      sum: number,
    ): string => `# TYPE vllm:e2e_request_latency_seconds histogram
vllm:e2e_request_latency_seconds_bucket{le="0.3",model_name="m"} ${low}
vllm:e2e_request_latency_seconds_bucket{le="+Inf",model_name="m"} ${all}
vllm:e2e_request_latency_seconds_sum{model_name="m"} ${sum}
vllm:e2e_request_latency_seconds_count{model_name="m"} ${all}
`;
    take(text(4, 10, 8));
    const whole = relayed(take(text(5, 13, 12)).samples, { job: 'j', instance: 'i' }).find(
      ({ value }) => value?.kind === 'histogram',
    );
    expect(whole).toMatchObject({
      name: 'gen_ai_server_request_duration_seconds',
      labels: {
        backend: 'gpu-1:8000',
        gen_ai_operation_name: 'unknown',
        gen_ai_provider_name: 'vllm',
        gen_ai_request_model: 'm',
      },
      value: { count: 3, sum: 4, bounds: [0.3], counts: [1, 2] },
    });
  });
});

describe('others', () => {
  it('goes on with the name that it has begun with', () => {
    const take = open();
    const count = (n: number): string => `# TYPE ollama_request_duration_seconds histogram
ollama_request_duration_seconds_bucket{model="l",le="+Inf"} ${n}
ollama_request_duration_seconds_sum{model="l"} ${n}
ollama_request_duration_seconds_count{model="l"} ${n}
`;
    const total = '# TYPE ollama_requests_total counter\nollama_requests_total{model="l"} 12\n';
    const requests = (text: string) =>
      take(text).samples.find(({ name }) => name === 'model_server_requests_total')?.value;
    expect([requests(count(10)), requests(count(12) + total)]).toEqual([0, 2]);
  });

  it('counts one rank of SGLang, which all tell the same', () => {
    const rank = (n: number): string =>
      `sglang:num_running_reqs{model_name="m",tp_rank="${n}",pp_rank="0"} 6\n`;
    expect(lines(open()(`# TYPE sglang:num_running_reqs gauge\n${rank(0)}${rank(1)}`))).toEqual([
      'model_server_requests_running{backend=gpu-1:8000,model=m} 6',
    ]);
  });

  it('counts each scheduler of SGLang that has a part of the data, though none of them is of the first rank', () => {
    const rank = (dp: number, tp: number, running: number): string =>
      `sglang:num_running_reqs{dp_rank="${dp}",model_name="m",moe_ep_rank="${tp}",tp_rank="${tp}",pp_rank="0"} ${running}\n`;
    const all = [rank(1, 3, 5), rank(0, 0, 6), rank(1, 2, 5), rank(0, 1, 6)].join('');
    expect(lines(open()(`# TYPE sglang:num_running_reqs gauge\n${all}`))).toEqual([
      'model_server_requests_running{backend=gpu-1:8000,model=m} 11',
    ]);
  });

  it('does not count the requests of SGLang again by their priority', () => {
    const queued = (priority: string, n: number): string =>
      `sglang:num_queue_reqs{model_name="m",priority="${priority}",tp_rank="0"} ${n}\n`;
    const all = [queued('', 5), queued('0', 2), queued('10', 3)].join('');
    expect(lines(open()(`# TYPE sglang:num_queue_reqs gauge\n${all}`))).toEqual([
      'model_server_requests_waiting{backend=gpu-1:8000,model=m} 5',
    ]);
  });

  it('goes on with the next rank where the first is gone, and adds what came since only', () => {
    const take = open();
    const retracted = (...ranks: (readonly [tp: number, n: number])[]): string =>
      `# TYPE sglang:num_retracted_requests_total counter\n${ranks
        .map(
          ([tp, n]) =>
            `sglang:num_retracted_requests_total{model_name="m",tp_rank="${tp}",pp_rank="0"} ${n}\n`,
        )
        .join('')}`;
    const total = (text: string): unknown => lines(take(text));
    const line = (n: number): string[] => [`model_server_preemptions_total{backend=gpu-1:8000,model=m} ${n}`];
    expect(total(retracted([0, 100], [1, 100]))).toEqual(line(0));
    expect(total(retracted([0, 104], [1, 104]))).toEqual(line(4));
    expect(total(retracted([1, 105]))).toEqual(line(5));
    expect(total(retracted([0, 107], [1, 107]))).toEqual(line(8));
  });

  it('reads tokens, cached tokens and failures of TensorRT-LLM', () => {
    const take = open();
    const text = (n: number): string => `# TYPE trtllm_prompt_tokens_total counter
trtllm_prompt_tokens_total{model_name="m",engine_type="trtllm"} ${n * 10}
# TYPE trtllm_generation_tokens_total counter
trtllm_generation_tokens_total{model_name="m",engine_type="trtllm"} ${n * 3}
# TYPE trtllm_prompt_cached_tokens_total counter
trtllm_prompt_cached_tokens_total{model_name="m",engine_type="trtllm"} ${n * 4}
# TYPE trtllm_request_error_total counter
trtllm_request_error_total{model_name="m",engine_type="trtllm",http_code="500"} ${n}
trtllm_request_error_total{model_name="m",engine_type="trtllm",http_code="499"} ${n * 2}
`;
    take(text(1));
    expect(lines(take(text(2)))).toEqual([
      'model_server_cache_read_tokens_total{backend=gpu-1:8000,model=m} 4',
      'model_server_requests_total{backend=gpu-1:8000,model=m,outcome=cancelled} 2',
      'model_server_requests_total{backend=gpu-1:8000,model=m,outcome=error} 1',
      'model_server_tokens_total{backend=gpu-1:8000,model=m,token_type=input} 10',
      'model_server_tokens_total{backend=gpu-1:8000,model=m,token_type=output} 3',
    ]);
  });

  it('counts the tokens of TGI from its histograms, with the model that the job names', () => {
    const take = open({ model: 'llama' });
    const text = (sum: number): string => `# TYPE tgi_request_input_length histogram
tgi_request_input_length_bucket{le="100"} 1
tgi_request_input_length_bucket{le="+Inf"} 1
tgi_request_input_length_sum ${sum}
tgi_request_input_length_count 1
# TYPE tgi_request_failure counter
tgi_request_failure{err="overloaded"} ${sum / 10}
# TYPE tgi_queue_size gauge
tgi_queue_size 2
`;
    take(text(100));
    expect(lines(take(text(150)))).toEqual([
      'model_server_requests_total{backend=gpu-1:8000,model=llama,outcome=error} 5',
      'model_server_requests_waiting{backend=gpu-1:8000,model=llama} 2',
      'model_server_tokens_total{backend=gpu-1:8000,model=llama,token_type=input} 50',
    ]);
  });

  it('brings microseconds and milliseconds of Triton to seconds, its quantiles too', () => {
    const take = open();
    const text = (n: number): string => `# TYPE nv_inference_request_duration_us counter
nv_inference_request_duration_us{model="m",version="1"} ${n * 1_000_000}
# TYPE nv_inference_request_summary_us summary
nv_inference_request_summary_us{model="m",version="1",quantile="0.5"} 55000
nv_inference_request_summary_us_sum{model="m",version="1"} ${n * 1_000_000}
nv_inference_request_summary_us_count{model="m",version="1"} ${n}
# TYPE nv_inference_first_response_histogram_ms histogram
nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="100"} ${n}
nv_inference_first_response_histogram_ms_bucket{model="m",version="1",le="+Inf"} ${n}
nv_inference_first_response_histogram_ms_sum{model="m",version="1"} ${n * 50}
nv_inference_first_response_histogram_ms_count{model="m",version="1"} ${n}
# TYPE nv_trt_llm_request_metrics gauge
nv_trt_llm_request_metrics{model="m",request_type="waiting",version="1"} 4
nv_trt_llm_request_metrics{model="m",request_type="max",version="1"} 512
# TYPE nv_inference_pending_request_count gauge
nv_inference_pending_request_count{model="m"} 1
`;
    take(text(2));
    const { samples } = take(text(6));
    const shown = relayed(samples, { job: 'j', instance: 'i' });
    const valueOf = (name: string, kind: string) =>
      shown.find((one) => one.name === name && one.value?.kind === kind)?.value;
    expect(valueOf('model_server_request_time_seconds_total', 'number')).toMatchObject({ value: 4 });
    expect(valueOf('model_server_response_time_seconds', 'summary')).toMatchObject({
      count: 4,
      sum: 4,
      quantiles: [{ quantile: 0.5, value: 0.055 }],
    });
    expect(valueOf('gen_ai_server_time_to_first_token_seconds', 'histogram')).toMatchObject({
      bounds: [0.1],
      count: 4,
      sum: 0.2,
    });
    expect(valueOf('model_server_requests_waiting', 'number')).toMatchObject({ value: 5 });
  });

  it('has no quantile of two series together', () => {
    const of = (version: number): string =>
      `nv_inference_request_summary_us{model="m",version="${version}",quantile="0.5"} ${version}\nnv_inference_request_summary_us_count{model="m",version="${version}"} 1\n`;
    expect(lines(open()(`# TYPE nv_inference_request_summary_us summary\n${of(1)}${of(2)}`))).toEqual([
      'model_server_response_time_seconds_count{backend=gpu-1:8000,model=m} 0',
    ]);
  });

  it('shows what LiteLLM spends by model and team, and never who asked', () => {
    const take = open({ backend: 'proxy' });
    const of = (user: string, usd: number): string =>
      `litellm_spend_metric_total{api_key_alias="None",end_user="None",hashed_api_key="h",model="gpt-4o",team="t1",team_alias="search",user="${user}"} ${usd}\n`;
    const status = (code: string, n: number): string =>
      `litellm_proxy_total_requests_metric_total{requested_model="gpt",status_code="${code}",team="None",user="u"} ${n}\n`;
    const text = (usd: number, n: number): string =>
      `# TYPE litellm_spend_metric_total counter\n${of('ann', usd)}${of('bob', 1)}# TYPE litellm_proxy_total_requests_metric_total counter\n${status('200', n)}${status('429', n)}${status('499', n)}${status('None', n)}# TYPE litellm_deployment_state gauge
litellm_deployment_state{api_base="https://a",api_provider="openai",litellm_model_name="gpt-4o",model_id="d1"} 1
`;
    take(text(2, 10));
    expect(lines(take(text(2.5, 13)))).toEqual([
      'load_balancer_backend_health{backend=d1} 0.5',
      'model_server_requests_total{backend=proxy,model=gpt,outcome=cancelled} 3',
      'model_server_requests_total{backend=proxy,model=gpt,outcome=error} 3',
      'model_server_requests_total{backend=proxy,model=gpt,outcome=other} 3',
      'model_server_requests_total{backend=proxy,model=gpt,outcome=success} 3',
      'model_server_spend_usd_total{backend=proxy,model=gpt-4o,team=search} 0.5',
    ]);
  });

  it('reads several exporters of one page, only the one that is named, or none', () => {
    const text = `# TYPE trtllm_num_requests_waiting gauge
trtllm_num_requests_waiting{model_name="m"} 1
# TYPE ollama_requests_total counter
ollama_requests_total{model="l",endpoint="/api/chat"} 1
`;
    expect(open()(text).exporters).toEqual(['tensorrt_llm', 'ollama']);
    expect(open({}, 'ollama')(text).exporters).toEqual(['ollama']);
    expect(open({}, 'none')(text)).toEqual({ samples: [], exporters: [], overflow: 0 });
    expect(open()('# TYPE up gauge\nup 1\n').exporters).toEqual([]);
  });

  it('holds no more of our series than are followed, however often the exporter begins anew', () => {
    const mapper = new ExporterMapper('vllm', { instance: 'gpu-1:8000', labels: {} });
    const scrape = (from: number) => {
      const samples = Array.from({ length: FOLLOWED_SERIES_MAX / 2 + 1 }, (_none, n) => ({
        name: 'vllm:prompt_tokens_total',
        labels: { model_name: `m${from + n}` },
        value: 1,
      }));
      const family = { name: 'vllm:prompt_tokens', type: 'counter' as const, help: '', unit: '', samples };
      return mapper.take([family], { atMs: AT_MS, restarted: true });
    };
    scrape(0);
    scrape(1_000_000);
    const again = scrape(2_000_000);
    expect(again.samples).toHaveLength(FOLLOWED_SERIES_MAX);
    expect(again.overflow).toBe(FOLLOWED_SERIES_MAX / 2 + 1);
    // What has a total still counts.
    expect(scrape(0).overflow).toBe(0);
  });
});
