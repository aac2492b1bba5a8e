/**
 * Everything that was recorded of providers, through the readers and the price
 * command: bodies with usage, of which each extraction and each price agrees or has
 * a reason, and whole answers and streams, each of which gives the provider's own
 * totals. The recordings are not part of the project; where they are missing the
 * tests are left out, except in continuous integration.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { formatUsd, parseUsd } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { priceLine } from './price-line.ts';
import { createPricer } from '../pricing/index.ts';
import { readAnswer, StreamReader } from '../usage/index.ts';

const DIRECTORY = join(import.meta.dirname, '../../../../../shared/data');
const BODIES = 'usage-bodies/usages.json.gz';
const CASSETTES = 'openllmetry-cassettes/interactions.jsonl.gz';

/** Whether tests that need a file run; says so where they do not. */
function hasSharedData(path: string): boolean {
  const present = existsSync(join(DIRECTORY, path));
  if (!present && process.env.CI !== undefined) throw new Error(`shared/data/${path} is missing`);
  if (!present) console.log(`left out: the tests that need shared/data/${path}, which is not there`);
  return present;
}

/** The text of a file, unpacked if it is compressed. */
function readSharedData(path: string): string {
  const bytes = readFileSync(join(DIRECTORY, path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The record's prices are those of this time: before Mistral Medium (16 June), DeepSeek V4 and GPT-5.6 (August) changed. */
const RECORDED_AT = Date.parse('2026-06-01T12:00:00Z');

interface Extractor {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
  readonly total_price?: string;
}

interface RecordedBody {
  readonly model?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly extracted: readonly {
    readonly usage: Readonly<Record<string, number>>;
    readonly extractors: readonly Extractor[];
  }[];
}

interface Priced {
  readonly usage: Readonly<Record<string, number>>;
  readonly cost_usd: string | null;
  readonly meters: readonly { readonly meter: string; readonly cost_usd: string }[];
}

/** The record's names of token counts, and the event's. */
const NAMES: Readonly<Record<string, string>> = {
  input_tokens: 'input_tokens',
  output_tokens: 'output_tokens',
  cache_read_tokens: 'cache_read_tokens',
  cache_write_tokens: 'cache_write_tokens',
  cache_write_1h_tokens: 'cache_write_1h_tokens',
  output_reasoning_tokens: 'reasoning_tokens',
  input_audio_tokens: 'input_audio_tokens',
  output_audio_tokens: 'output_audio_tokens',
  input_image_tokens: 'input_image_tokens',
};

const pricer = createPricer();

function priced(item: RecordedBody, extractor: Extractor): Priced {
  const line = {
    provider: extractor.provider_id,
    api_flavor: extractor.api_flavor,
    model: item.model,
    body: item.body,
  };
  return JSON.parse(priceLine(JSON.stringify(line), { pricer, nowMs: RECORDED_AT })) as Priced;
}

function withoutZeros(usage: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => count > 0));
}

function expectedUsage(usage: Readonly<Record<string, number>>): Record<string, number> {
  const named = Object.entries(usage).map(([name, count]) => [NAMES[name] ?? '', count] as const);
  return withoutZeros(Object.fromEntries(named.filter(([name]) => name !== '')));
}

/** Why an extraction may be another one than the record's; empty if there is no reason. */
function usageReason(
  item: RecordedBody,
  extractor: Extractor,
  wanted: Record<string, number>,
  got: Record<string, number>,
): string {
  const differing = [...new Set([...Object.keys(wanted), ...Object.keys(got)])].filter(
    (name) => wanted[name] !== got[name],
  );
  const body = JSON.stringify(item.body);
  const onlyMore = differing.every((name) => wanted[name] === undefined && body.includes(`:${got[name]}`));
  if (onlyMore) return 'the body says more than the flavour named reads';
  const usage = item.body.usage as Record<string, number> | undefined;
  const totalIncludes = usage?.total_tokens === (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0);
  if (extractor.provider_id === 'x-ai' && totalIncludes && differing.join() === 'output_tokens') {
    return 'the total shows that reasoning is within the completion tokens, where xAI counts it beside them';
  }
  return '';
}

/** Prices that are another one than the record's, with the reason. */
const PRICE_REASONS: Readonly<Record<string, string>> = {
  'azure/anthropic claude-sonnet-4-5-20250929':
    'ten web searches at $10 per thousand, which the record leaves out',
  'azure/anthropic claude-sonnet-4-20250514':
    'one web search at $10 per thousand, which the record leaves out',
  'google/anthropic claude-sonnet-4-5-20250929':
    'Vertex AI charges more above 200,000 input tokens; the record is older than that entry of the list',
  'deepseek/chat deepseek-reasoner':
    'DeepSeek charged this name as its V4 Flash by then (api-docs.deepseek.com/news/news260424); the record has the price of R1',
  'azure/chat gpt-5.6-sol':
    'the cache writes are in the body and on the list; the record did not read them yet',
};

describe.skipIf(!hasSharedData(BODIES))('the recorded usage bodies', () => {
  const recorded = JSON.parse(readSharedData(BODIES)) as RecordedBody[];

  it('are read as recorded, or for a reason not', () => {
    const reasons = new Map<string, number>();
    const unexplained: unknown[] = [];
    let agreeing = 0;
    for (const item of recorded) {
      for (const { usage, extractors } of item.extracted) {
        for (const extractor of extractors) {
          const wanted = expectedUsage(usage);
          const got = withoutZeros(priced(item, extractor).usage);
          if (Object.keys({ ...wanted, ...got }).every((name) => wanted[name] === got[name])) {
            agreeing += 1;
            continue;
          }
          const reason = usageReason(item, extractor, wanted, got);
          if (reason === '') unexplained.push({ extractor, model: item.model, wanted, got });
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }
    expect(unexplained).toEqual([]);
    expect(agreeing).toBeGreaterThan(5500);
  });

  it('cost what is recorded, or for a reason not', () => {
    const unexplained: unknown[] = [];
    const explained = new Set<string>();
    let agreeing = 0;
    for (const item of recorded) {
      for (const extractor of item.extracted.flatMap((extraction) => extraction.extractors)) {
        if (extractor.input_price === undefined) continue;
        const parts = extractor.total_price
          ? [extractor.total_price]
          : [extractor.input_price, extractor.output_price ?? '0'];
        const wanted = parts.reduce((sum, part) => sum + (parseUsd(part) ?? 0n), 0n);
        const { cost_usd } = priced(item, extractor);
        const key = `${extractor.provider_id}/${extractor.api_flavor} ${item.model}`;
        if (cost_usd === formatUsd(wanted)) agreeing += 1;
        else if (key in PRICE_REASONS) explained.add(key);
        else unexplained.push({ key, wanted: formatUsd(wanted), cost_usd });
      }
    }
    expect(unexplained).toEqual([]);
    expect(explained).toEqual(new Set(Object.keys(PRICE_REASONS)));
    expect(agreeing).toBe(1030);
  });

  it('cost the sum of their meters', () => {
    const withPrice = recorded.flatMap((item) =>
      item.extracted.flatMap(({ extractors }) => extractors.map((extractor) => priced(item, extractor))),
    );
    const sums = withPrice
      .filter(({ cost_usd }) => cost_usd !== null)
      .map(({ cost_usd, meters }) => {
        const sum = meters.reduce((total, meter) => total + (parseUsd(meter.cost_usd) ?? 0n), 0n);
        return formatUsd(sum) === cost_usd;
      });
    expect(sums.length).toBeGreaterThan(1035);
    expect(sums).not.toContain(false);
  });
});

interface Interaction {
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly stream: boolean;
  readonly has_usage: boolean;
  readonly response_body: string | null;
}

const PROVIDERS: readonly (readonly [string, string])[] = [
  ['openai.azure.com', 'azure'],
  ['openai.com', 'openai'],
  ['anthropic.com', 'anthropic'],
  ['cohere.com', 'cohere'],
  ['groq.com', 'groq'],
  ['mistral.ai', 'mistral'],
  ['amazonaws.com', 'aws'],
  ['googleapis.com', 'google'],
  ['11434', 'local_ollama'],
  ['together.xyz', 'together'],
  ['voyageai.com', 'voyageai'],
];

function providerOf(host: string): string {
  return PROVIDERS.find(([part]) => host.includes(part))?.[1] ?? host;
}

const INPUT = 'prompt_tokens|input_tokens|inputTokens|promptTokenCount|prompt_eval_count|inputTextTokenCount';
const OUTPUT = 'completion_tokens|output_tokens|outputTokens|candidatesTokenCount|eval_count|tokenCount';
const BESIDE_INPUT = 'cache_creation_input_tokens|cacheWriteInputTokens';
const ALSO_BESIDE_INPUT = 'cache_read_input_tokens|cacheReadInputTokens';

/** The largest figure under one of some names, anywhere in a text. */
function largest(text: string, names: string): number | null {
  const figures = [...text.matchAll(new RegExp(`"(?:${names})"\\s*:\\s*(\\d+)`, 'g'))];
  return figures.length === 0 ? null : Math.max(...figures.map((match) => Number(match[1])));
}

/** The provider's own totals, found independently of the reader. */
function ownTotals(answer: string): { input: number; output: number } {
  // Cohere bills other counts than the model saw, and what it bills is what counts.
  const billed = answer.indexOf('"billed_units"');
  const text = billed < 0 ? answer : answer.slice(billed, answer.indexOf('}', billed));
  const output = largest(text, OUTPUT);
  const input = largest(text, INPUT) ?? (output === null ? largest(text, 'total_tokens') : null);
  const beside = (largest(text, BESIDE_INPUT) ?? 0) + (largest(text, ALSO_BESIDE_INPUT) ?? 0);
  const thoughts = largest(text, 'thoughtsTokenCount') ?? 0;
  return { input: (input ?? 0) + beside, output: (output ?? 0) + thoughts };
}

describe.skipIf(!hasSharedData(CASSETTES))('the recorded answers', () => {
  const recorded = readSharedData(CASSETTES)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Interaction);
  const answers = recorded.filter(
    (item) => item.has_usage && item.path !== '/ml/v1-beta/foundation_model_specs',
  );

  it('give the totals of the provider', () => {
    expect(answers.length).toBeGreaterThan(700);
    for (const item of answers) {
      const body = item.response_body ?? '';
      const { state, counts } = readAnswer(body, {
        provider: providerOf(item.host),
        apiFlavor: '',
        status: item.status,
      });
      const own = ownTotals(body);
      expect({
        path: item.path,
        state,
        input: counts.input_tokens ?? 0,
        output: counts.output_tokens ?? 0,
      }).toEqual({
        path: item.path,
        state: 'reported',
        ...own,
      });
    }
  });

  it('give the same when a stream comes in small pieces', () => {
    for (const item of recorded.filter((candidate) => candidate.stream)) {
      const context = { provider: providerOf(item.host), apiFlavor: '', status: item.status };
      const body = item.response_body ?? '';
      const reader = new StreamReader(context);
      for (let at = 0; at < body.length; at += 7) reader.push(body.slice(at, at + 7));
      expect(reader.end()).toEqual(readAnswer(body, context));
    }
  });

  it('estimate a stream without usage from what it wrote, and say so', () => {
    const silent = recorded.filter((item) => item.stream && !item.has_usage && item.host.includes('openai'));
    expect(silent.length).toBeGreaterThan(100);
    for (const item of silent) {
      const reading = readAnswer(item.response_body ?? '', { provider: 'openai', apiFlavor: '' });
      expect(reading.state).toBe('estimated');
      expect(reading.counts.output_tokens ?? 0).toBeGreaterThan(0);
    }
  });

  it('estimate a stream that was cut off near what it used, and say so', () => {
    const streams = answers.filter((item) => item.stream && item.host.includes('anthropic'));
    const shares = streams.map((item) => {
      const body = item.response_body ?? '';
      const context = { provider: 'anthropic', apiFlavor: '' };
      const whole = readAnswer(body, context).counts;
      const cut = readAnswer(body.slice(0, body.indexOf('event: message_delta')), context);
      expect(cut.state).toBe('estimated');
      expect(cut.counts.input_tokens).toBe(whole.input_tokens);
      return (cut.counts.output_tokens ?? 0) / (whole.output_tokens ?? 1);
    });
    const sorted = shares.toSorted((a, b) => a - b);
    // The calls of tools have tokens that are not in their text, so they are the ones that are furthest off.
    expect(sorted[0]).toBeGreaterThan(0.3);
    expect(sorted.at(-1)).toBeLessThan(1.7);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    expect(Math.abs(median - 1)).toBeLessThan(0.2);
  });

  it('cost nothing where they were refused', () => {
    const refused = recorded.filter((item) => item.status >= 400);
    expect(refused.length).toBeGreaterThan(15);
    const context = { pricer: createPricer(), nowMs: 0 };
    for (const item of refused) {
      const body: unknown = JSON.parse(item.response_body ?? '{}');
      const line = JSON.stringify({ provider: providerOf(item.host), model: 'gpt-4o-mini', body });
      expect(JSON.parse(priceLine(line, context))).toMatchObject({
        cost_usd: '0.00',
        meters: [],
        unpriced: false,
      });
    }
  });
});
