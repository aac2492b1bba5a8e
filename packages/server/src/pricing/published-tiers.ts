/**
 * What the snapshot's package does not know: the prices of service tiers and of
 * regions, as the providers publish them, each with the page it was read on. A tier
 * that stands nowhere here has no price on the snapshot: it is not guessed.
 */

import type { Meter } from './meters.ts';

/** When the pages below were read last. */
export const PUBLISHED_TIERS_DATE = '2026-11-20';

/** The price of a service tier relative to the standard price of the same model, or by amounts of its own. */
export interface PublishedTier {
  /** The price list, as `priceListOf` names it. */
  readonly list: string;
  /** Globs over the list's model ids. */
  readonly models: readonly string[];
  readonly except?: readonly string[];
  readonly tier: string;
  /** What token prices are multiplied by, an exact decimal; fees per search, page or request stay as they are. */
  readonly factor?: string;
  /** Dollars per million tokens, in place of the standard prices. */
  readonly perMillionTokens?: Readonly<Partial<Record<Meter, string>>>;
  /** Meters that cost in this tier what they cost in the standard one. */
  readonly atStandardPrice?: readonly Meter[];
  /** Meters without a price of their own in this tier: they cost what the broader meter costs. */
  readonly withoutOwnPrice?: readonly Meter[];
  /** True if the tier is not offered above the model's long-context threshold. */
  readonly shortContextOnly?: true;
  readonly source: string;
}

const openaiPricing = 'https://developers.openai.com/api/docs/pricing';
const openaiPriority = 'https://openai.com/api-priority-processing/';
const claudePricing = 'https://platform.claude.com/docs/en/about-claude/pricing';
const claudeFast = 'https://platform.claude.com/docs/en/build-with-claude/fast-mode';
const geminiTiers = 'https://ai.google.dev/gemini-api/docs/optimization';

/** OpenAI models whose batch prices list no discount for cached input. */
const WITHOUT_CACHED_BATCH = ['gpt-3.5*', 'gpt-4*', 'chatgpt-4o*', 'o1*', 'o3*', 'o4*'];

/** OpenAI models that neither the Batch API nor flex processing serve. */
const OPENAI_REALTIME = [
  '*realtime*',
  '*audio*',
  '*transcribe*',
  '*tts*',
  'whisper*',
  '*image*',
  'moderation',
];

function priorityOfOpenai(model: string, input: string, cached: string, output: string): PublishedTier {
  return {
    list: 'openai',
    models: [model],
    tier: 'priority',
    perMillionTokens: { input_tokens: input, cache_read_tokens: cached, output_tokens: output },
    shortContextOnly: true,
    source: openaiPriority,
  };
}

/** The tiers; of those that match a model, the first applies. */
export const publishedTiers: readonly PublishedTier[] = [
  {
    list: 'openai',
    models: WITHOUT_CACHED_BATCH,
    except: OPENAI_REALTIME,
    tier: 'batch',
    factor: '0.5',
    withoutOwnPrice: ['cache_read_tokens'],
    source: openaiPricing,
  },
  {
    list: 'openai',
    models: ['*'],
    except: OPENAI_REALTIME,
    tier: 'batch',
    factor: '0.5',
    source: openaiPricing,
  },
  {
    list: 'openai',
    models: ['gpt-5*', 'gpt-6*', 'o3', 'o4-mini'],
    except: ['*chat*', '*codex*', 'gpt-5-pro*', 'gpt-5.2-pro*'],
    tier: 'flex',
    factor: '0.5',
    source: openaiPricing,
  },
  priorityOfOpenai('gpt-5.5', '12.5', '1.25', '75'),
  priorityOfOpenai('gpt-5.4', '5', '0.5', '30'),
  priorityOfOpenai('gpt-5.4-mini', '1.5', '0.15', '9'),
  priorityOfOpenai('gpt-5.2', '3.5', '0.35', '28'),
  priorityOfOpenai('gpt-5.1', '2.5', '0.25', '20'),
  priorityOfOpenai('gpt-5', '2.5', '0.25', '20'),
  priorityOfOpenai('gpt-5-mini', '0.45', '0.045', '3.6'),
  priorityOfOpenai('gpt-4.1', '3.5', '0.875', '14'),
  priorityOfOpenai('gpt-4.1-mini', '0.7', '0.175', '2.8'),
  priorityOfOpenai('gpt-4.1-nano', '0.2', '0.05', '0.8'),
  priorityOfOpenai('gpt-4o', '4.25', '2.125', '17'),
  priorityOfOpenai('gpt-4o-mini', '0.25', '0.125', '1'),
  priorityOfOpenai('o3', '3.5', '0.875', '14'),
  priorityOfOpenai('o4-mini', '2', '0.5', '8'),
  {
    list: 'openai',
    models: ['gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna'],
    tier: 'priority',
    factor: '2',
    shortContextOnly: true,
    source: openaiPricing,
  },
  { list: 'anthropic', models: ['claude-*'], tier: 'batch', factor: '0.5', source: claudePricing },
  {
    list: 'anthropic',
    models: ['claude-opus-4-6', 'claude-opus-4-7'],
    tier: 'fast',
    factor: '6',
    source: claudeFast,
  },
  {
    list: 'anthropic',
    models: ['claude-opus-4-8', 'claude-opus-5', 'claude-opus-5-5'],
    tier: 'fast',
    factor: '2',
    source: claudeFast,
  },
  {
    list: 'google',
    models: ['gemini-2.5*', 'gemini-3*', 'gemini-2.0-flash*', 'gemini-embedding*'],
    except: ['*live*', '*native-audio*', '*tts*'],
    tier: 'batch',
    factor: '0.5',
    // The cache discount takes the place of the batch discount: they do not stack.
    atStandardPrice: [
      'cache_read_tokens',
      'cache_audio_read_tokens',
      'cache_image_read_tokens',
      'cache_video_read_tokens',
    ],
    source: 'https://ai.google.dev/gemini-api/docs/batch-api',
  },
  {
    list: 'google',
    models: ['gemini-2.5*', 'gemini-3*'],
    except: ['*live*', '*native-audio*', '*tts*', '*image*'],
    tier: 'flex',
    factor: '0.5',
    source: geminiTiers,
  },
  {
    list: 'google',
    models: ['gemini-3*'],
    except: ['*live*', '*native-audio*', '*tts*', '*image*'],
    tier: 'priority',
    factor: '1.8',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
  },
  {
    list: 'groq',
    models: ['*'],
    tier: 'flex',
    factor: '1',
    source: 'https://console.groq.com/docs/flex-processing',
  },
  { list: 'groq', models: ['*'], tier: 'batch', factor: '0.5', source: 'https://groq.com/pricing' },
  {
    list: 'aws',
    models: ['*anthropic.*', '*amazon.nova*', '*meta.llama*', '*mistral.*', '*gpt-oss*', '*deepseek.v3*'],
    except: ['*sonic*'],
    tier: 'batch',
    factor: '0.5',
    source: 'https://aws.amazon.com/bedrock/pricing/',
  },
  {
    list: 'azure',
    models: ['gpt-*', 'o1*', 'o3*', 'o4*', 'text-embedding*'],
    except: OPENAI_REALTIME,
    tier: 'batch',
    factor: '0.5',
    withoutOwnPrice: ['cache_read_tokens'],
    source: 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch',
  },
  {
    list: 'mistral',
    models: ['*'],
    except: ['mistral-ocr*', 'voxtral*'],
    tier: 'batch',
    factor: '0.5',
    source: 'https://mistral.ai/news/batch-api',
  },
  {
    list: 'moonshotai',
    models: ['kimi-k2.5*'],
    tier: 'batch',
    factor: '0.6',
    source: 'https://platform.kimi.ai/docs/pricing/batch',
  },
];

/** The surcharge of serving a request in a region, where the provider publishes one. */
export interface PublishedRegion {
  readonly list: string;
  readonly models: readonly string[];
  /** Globs over the region. */
  readonly regions: readonly string[];
  /** What token prices are multiplied by, an exact decimal. */
  readonly factor: string;
  readonly source: string;
}

/** The regions; a region that stands nowhere here costs what the list says. */
export const publishedRegions: readonly PublishedRegion[] = [
  {
    list: 'anthropic',
    // Opus 4.6 and every model after it; earlier ones refuse the parameter.
    models: [
      'claude-opus-4-6',
      'claude-opus-4-7',
      'claude-opus-4-8',
      'claude-sonnet-4-6',
      'claude-opus-5*',
      'claude-sonnet-5*',
      'claude-haiku-5*',
      'claude-fable-5*',
    ],
    regions: ['us'],
    factor: '1.1',
    source: claudePricing,
  },
  {
    list: 'openai',
    models: ['gpt-5.4*', 'gpt-5.5*', 'gpt-5.6*', 'gpt-6*'],
    regions: ['us', 'eu'],
    factor: '1.1',
    source: 'https://developers.openai.com/api/docs/models/gpt-5.4',
  },
  {
    list: 'x-ai',
    models: ['grok-*'],
    regions: ['us'],
    factor: '1.1',
    source: 'https://docs.x.ai/developers/pricing',
  },
];
