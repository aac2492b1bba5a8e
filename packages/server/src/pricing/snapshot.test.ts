import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { meterIndex, meters } from './meters.ts';
import { kindOf } from './price-kind.ts';
import { priceListOf } from './provider-aliases.ts';
import { publishedRegions, publishedTiers } from './published-tiers.ts';
import { bandFor, chargesOf } from './rate.ts';
import { SNAPSHOT, snapshotTimeline } from './snapshot.ts';
import { valueAt } from './timeline.ts';

const lists = (await waitForUpdate()) ?? [];
const AT = Date.parse('2026-06-01T12:00:00Z');

describe('the snapshot', () => {
  it('is of the version of the package that is installed', () => {
    const file = join(import.meta.dirname, '../../../../node_modules/@pydantic/genai-prices/package.json');
    const installed = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    expect(installed.version).toBe(SNAPSHOT.packageVersion);
  });

  it('charges what the package calculates, for every model of every list', () => {
    const usage = { input_tokens: 150_000, cache_read_tokens: 50_000, output_tokens: 3000 };
    const differing: string[] = [];
    let compared = 0;
    for (const list of lists) {
      for (const model of list.models) {
        const own = ownPrice(list.id, model.id, usage);
        const theirs = theirPrice(list.id, model.id, usage);
        if (own === null || theirs === null) continue;
        compared += 1;
        if (Math.abs(own - theirs) > 1e-12 * Math.max(1, theirs))
          differing.push(`${list.id}/${model.id} ${own} ${theirs}`);
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(1300);
  });

  it('knows the list of every provider by its own name', () => {
    const unknown = lists.map(({ id }) => id).filter((id) => priceListOf(id) !== id);
    expect(unknown).toEqual([]);
  });

  function ownPrice(
    provider: string,
    model: string,
    usage: { input_tokens: number; cache_read_tokens: number; output_tokens: number },
  ): number | null {
    const timeline = snapshotTimeline(
      kindOf({ provider, model, response_model: '', service_tier: '', region: '' }),
    );
    const rate = timeline && valueAt(timeline, AT / 1000);
    if (!rate?.pricesTokens) return null;
    const quantities = new Float64Array(meters.length);
    quantities[meterIndex.input_tokens] = usage.input_tokens - usage.cache_read_tokens;
    quantities[meterIndex.cache_read_tokens] = usage.cache_read_tokens;
    quantities[meterIndex.output_tokens] = usage.output_tokens;
    quantities[meterIndex.requests] = rate.pricesRequests ? 1 : 0;
    const charges = chargesOf(bandFor(rate, usage.input_tokens, usage.output_tokens), quantities);
    return charges && charges.reduce((sum, { costPicoUsd }) => sum + Number(costPicoUsd), 0) / 1e12;
  }

  function theirPrice(providerId: string, model: string, usage: Record<string, number>): number | null {
    try {
      return calcPrice(usage, model, { providerId, timestamp: new Date(AT) })?.total_price ?? null;
    } catch {
      return null;
    }
  }
});

describe('the published tiers', () => {
  it('name their page, and a price or a factor', () => {
    for (const tier of publishedTiers) {
      expect(tier.source).toMatch(/^https:\/\//);
      expect(priceListOf(tier.list)).toBe(tier.list);
      expect((tier.factor === undefined) !== (tier.perMillionTokens === undefined)).toBe(true);
    }
    for (const region of publishedRegions) expect(region.source).toMatch(/^https:\/\//);
  });

  it('are each for some model of the snapshot', () => {
    for (const tier of publishedTiers) {
      const models = lists.find(({ id }) => id === tier.list)?.models ?? [];
      const priced = models.filter(({ id }) => {
        const fields = {
          provider: tier.list,
          model: id,
          response_model: '',
          service_tier: tier.tier,
          region: '',
        };
        const timeline = snapshotTimeline(kindOf(fields));
        return timeline !== null && valueAt(timeline, AT / 1000) !== null;
      });
      expect(`${tier.list} ${tier.tier}: ${priced.length > 0}`).toBe(`${tier.list} ${tier.tier}: true`);
    }
  });
});

describe('the names of providers', () => {
  it.each([
    // OpenTelemetry
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['aws.bedrock', 'aws'],
    ['azure.ai.openai', 'azure'],
    ['azure.ai.inference', 'azure'],
    ['gcp.gemini', 'google'],
    ['gcp.vertex_ai', 'google'],
    ['gcp.gen_ai', 'google'],
    ['cohere', 'cohere'],
    ['mistral_ai', 'mistral'],
    ['deepseek', 'deepseek'],
    ['groq', 'groq'],
    ['perplexity', 'perplexity'],
    ['x_ai', 'x-ai'],
    ['moonshot_ai', 'moonshotai'],
    // OpenInference
    ['mistralai', 'mistral'],
    ['google', 'google'],
    ['aws', 'aws'],
    ['azure', 'azure'],
    ['xai', 'x-ai'],
    ['fireworks', 'fireworks'],
    ['moonshot', 'moonshotai'],
    ['cerebras', 'cerebras'],
    ['together', 'together'],
    ['zai', 'zai'],
    ['minimax', 'minimax'],
    // The Vercel AI SDK
    ['openai.responses', 'openai'],
    ['google.generative-ai', 'google'],
    ['google.vertex.chat', 'google'],
    ['amazon-bedrock', 'aws'],
    ['azure-openai.chat', 'azure'],
    ['vertex.anthropic.messages', 'google'],
    ['alibaba_cloud', 'alibaba'],
  ])('%s means the list %s', (name, list) => {
    expect(priceListOf(name)).toBe(list);
  });

  it.each(['local_ollama', 'ollama', 'ibm.watsonx.ai', 'meta', 'my-openai-proxy', ''])(
    '%s has no list',
    (name) => {
      expect(priceListOf(name)).toBeNull();
    },
  );
});
