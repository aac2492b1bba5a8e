import { describe, expect, it } from 'vitest';
import { defaultLlmLatencyBuckets } from './buckets.ts';
import { queryExamples } from './examples.ts';
import { packs } from './family.ts';
import { catalogue } from './index.ts';
import { namingExceptions } from './naming.ts';

const names = catalogue.map(({ name }) => name);

describe('the catalogue', () => {
  it('declares each family once', () => {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has the requested families of the LLM pack with exactly their labels', () => {
    const labels = Object.fromEntries(
      catalogue.filter(({ pack }) => pack === 'llm').map(({ name, labels }) => [name, labels]),
    );
    expect(labels).toEqual({
      llm_requests_total: ['provider', 'task_type', 'model'],
      llm_latency_seconds: ['provider', 'task_type'],
      llm_cost_usd_total: ['provider'],
      llm_tokens_used_total: ['provider', 'token_type'],
      llm_errors_total: ['provider', 'task_type', 'error_type'],
      monthly_budget_remaining_usd: ['provider'],
      monthly_spend_usd: ['provider'],
    });
    expect([defaultLlmLatencyBuckets[0], defaultLlmLatencyBuckets.at(-1)]).toEqual([0.1, 60]);
  });

  it.each([
    ['load_balancer', /^load_balancer_/, 50],
    ['business', /^business_/, 8],
    ['cost', /^cost_/, 8],
    ['users', /^users_/, 8],
    ['gen_ai', /^gen_ai_(client|server)_/, 8],
    ['platform', /^(config|cache|rbac|audit|storage|crypto|system|http)_/, 27],
    ['framework', /^(custom_metrics|metrics)_/, 10],
  ] as const)('names the families of the pack %s %s, and has at least %i', (pack, pattern, least) => {
    const own = catalogue.filter((family) => family.pack === pack).map(({ name }) => name);
    expect(own.filter((name) => !pattern.test(name))).toEqual([]);
    expect(own.length).toBeGreaterThanOrEqual(least);
  });

  it('has counters with _total and units at the end of names', () => {
    const counters = catalogue.filter(({ type, name }) => type === 'counter' && !name.endsWith('_total'));
    expect(counters).toEqual([]);
    const units = catalogue.filter(
      ({ unit, name }) => unit !== undefined && !name.replace(/_total$/, '').endsWith(`_${unit}`),
    );
    expect(units).toEqual([]);
  });

  it('has help lines that are sentences', () => {
    expect(catalogue.filter(({ help }) => !/^[A-Z].*\.$/.test(help)).map(({ name }) => name)).toEqual([]);
  });

  it('excuses only names that it has', () => {
    expect(namingExceptions.filter(({ family }) => !names.includes(family))).toEqual([]);
  });

  it('shows queries for each pack, on families of that pack alone', () => {
    for (const pack of packs) {
      const own = new Set(catalogue.filter((family) => family.pack === pack).map(({ name }) => name));
      expect(queryExamples[pack].length).toBeGreaterThanOrEqual(2);
      for (const { promql } of queryExamples[pack]) {
        const words = promql.match(/[a-z][a-z0-9]*(?:_[a-z0-9]+)+/g) ?? [];
        const used = words.filter((word) => !functionWords.has(word) && !labelNames.has(word));
        expect(used.length).toBeGreaterThan(0);
        expect(used.filter((word) => !own.has(word.replace(/_bucket$/, '')) && !own.has(word))).toEqual([]);
      }
    }
  });
});

const functionWords = new Set(['histogram_quantile', 'group_left']);
const labelNames = new Set(catalogue.flatMap(({ labels = [] }) => labels));
