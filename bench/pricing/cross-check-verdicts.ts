/**
 * Which side of a disagreement about a price is right, and where that is written.
 * The first rule that matches applies; a disagreement that none matches fails the
 * cross-check.
 */

/** A rule about prices on which the lists disagree. */
export interface Verdict {
  /** Globs over `provider/model`. */
  readonly models: readonly string[];
  /** Globs over the name of LiteLLM's field; all if absent. */
  readonly fields?: readonly string[];
  readonly right: 'ours' | 'LiteLLM' | 'both' | 'open';
  readonly why: string;
  readonly source: string;
}

const claudePricing = 'https://platform.claude.com/docs/en/about-claude/pricing';
const geminiPricing = 'https://ai.google.dev/gemini-api/docs/pricing';
const openaiPricing = 'https://developers.openai.com/api/docs/pricing';
const openaiPriority = 'https://openai.com/api-priority-processing/';

export const verdicts: readonly Verdict[] = [
  {
    models: ['anthropic/claude-3-haiku*', 'anthropic/claude-3-opus*'],
    fields: ['cache_creation_input_token_cost_above_1hr'],
    right: 'ours',
    why: 'a cache write for one hour costs twice the input: $0.50 for Haiku 3, $30 for Opus 3; LiteLLM has the $6 of Sonnet',
    source: claudePricing,
  },
  {
    models: ['aws/claude-sonnet-4-5*'],
    right: 'both',
    why: 'a name without a region prefix: LiteLLM takes the global endpoint, ours the regional one, which costs 10 % more; Bedrock itself knows no such name',
    source: 'https://platform.claude.com/docs/en/build-with-claude/claude-in-amazon-bedrock',
  },
  {
    models: ['deepseek/deepseek-chat', 'deepseek/deepseek-reasoner'],
    right: 'ours',
    why: 'from 24 April 2026 until they were retired both names stood for V4 Flash, at $0.0028, $0.14 and $0.28; LiteLLM has the price of V3.2',
    source: 'https://api-docs.deepseek.com/news/news260424',
  },
  {
    models: ['deepseek/deepseek-v4-*'],
    fields: ['cache_creation_*'],
    right: 'ours',
    why: 'what is written to the cache is a cache miss and costs what input costs; LiteLLM has 0',
    source: 'https://api-docs.deepseek.com/quick_start/pricing',
  },
  {
    models: ['google/gemini-2.0-flash-001', 'google/gemini-2.0-flash-lite*'],
    right: 'both',
    why: 'LiteLLM has the price of Vertex AI, ours that of the Gemini API',
    source: 'https://cloud.google.com/vertex-ai/generative-ai/pricing',
  },
  {
    models: ['google/gemini-2.0-flash-exp-image-generation'],
    right: 'both',
    why: 'an experimental model, free while it was one; ours takes it for the model it became',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-2.5-flash-native-audio-*', 'google/gemini-live-2.5-flash-preview-native-audio-*'],
    right: 'ours',
    why: 'the Live model costs $0.50 for text, $3 for audio and $2 for text out; LiteLLM has the prices of the model without audio out',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-2.5-*-preview-tts'],
    right: 'ours',
    why: 'the speech models have prices of their own ($0.50 and $10, $1 and $20); LiteLLM has those of the text models',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-2.5-flash-image'],
    right: 'ours',
    why: 'the page lists neither cached input nor audio for the image model',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-2.5-flash-lite-preview-06-17', 'google/gemini-2.5-flash-preview-09-2025'],
    right: 'open',
    why: 'a preview that is gone; LiteLLM keeps a price of its first weeks, ours that of the release. No page of that time was found',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-*'],
    fields: ['cache_creation_*'],
    right: 'ours',
    why: 'Gemini charges input that is cached as input, and storage by the hour; LiteLLM puts the price of reading there',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-3.5-flash'],
    fields: ['input_cost_per_audio_token*'],
    right: 'ours',
    why: 'one price of input for all modalities',
    source: geminiPricing,
  },
  {
    models: ['google/gemini-3.5-flash-lite'],
    fields: ['cache_read_*'],
    right: 'open',
    why: 'LiteLLM rounds to the cent per million ($0.02, $0.05); ours is the published factor applied to $0.03 ($0.015, $0.054)',
    source: 'https://ai.google.dev/gemini-api/docs/optimization',
  },
  {
    models: ['google/gemini-embedding*'],
    fields: ['output_cost_per_token'],
    right: 'both',
    why: 'embeddings have no output; LiteLLM writes 0, ours nothing',
    source: geminiPricing,
  },
  {
    models: ['zhipuai/glm-5.1'],
    right: 'both',
    why: "LiteLLM has the price in dollars of Z.ai, ours that of Zhipu's platform in China, converted",
    source: 'https://docs.z.ai/guides/overview/pricing',
  },
  {
    models: ['moonshotai/kimi-k2.6'],
    right: 'ours',
    why: 'the page has $0.95, $4 and $0.16; LiteLLM has the prices in yuan, converted',
    source: 'https://platform.kimi.ai/docs/pricing/chat',
  },
  {
    models: ['moonshotai/kimi-k2.5'],
    fields: ['output_cost_per_token'],
    right: 'ours',
    why: 'the page has $3 for output',
    source: 'https://platform.kimi.ai/docs/pricing/chat',
  },
  {
    models: ['openai/gpt-4o-mini-transcribe', 'openai/gpt-4o-transcribe*'],
    fields: ['input_cost_per_audio_token'],
    right: 'ours',
    why: 'audio costs $6 ($3 for the small one); LiteLLM has the price of text',
    source: openaiPricing,
  },
  {
    models: ['openai/gpt-4o-mini-tts'],
    right: 'ours',
    why: 'text in costs $0.60 and audio out $12; LiteLLM has the prices of GPT-4o',
    source: openaiPricing,
  },
  {
    models: ['openai/gpt-4o-search-preview*', 'openai/gpt-5.*-pro*'],
    fields: ['cache_read_*'],
    right: 'ours',
    why: 'the page lists no price of cached input for the model',
    source: openaiPricing,
  },
  {
    models: ['openai/gpt-5.5*'],
    fields: ['*_priority'],
    right: 'ours',
    why: 'the page has $12.50, $1.25 and $75; LiteLLM doubles the standard price',
    source: openaiPriority,
  },
  {
    models: ['openai/gpt-5.4', 'openai/gpt-5.4-2026-03-05'],
    fields: ['cache_read_input_token_cost_flex'],
    right: 'ours',
    why: 'half of $0.25 is $0.125; LiteLLM rounds to $0.13 as the page prints it',
    source: openaiPricing,
  },
  {
    models: [
      'openai/gpt-4o-2024-05-13',
      'openai/gpt-5-nano',
      'openai/gpt-5.1-codex-mini',
      'openai/gpt-5.3-*',
    ],
    fields: ['*_priority'],
    right: 'open',
    why: 'the page of priority processing that was read does not list the model, so ours has no price and charges nothing',
    source: openaiPriority,
  },
  {
    models: ['openai/gpt-image-2*'],
    fields: ['output_cost_per_token'],
    right: 'ours',
    why: 'images out cost $30; LiteLLM has the price of text out',
    source: openaiPricing,
  },
  {
    models: ['openai/gpt-realtime-2'],
    fields: ['output_cost_per_token'],
    right: 'open',
    why: 'the snapshot has $24 for text out, LiteLLM the $16 of the model before; the page was not found',
    source: openaiPricing,
  },
  {
    models: ['x-ai/grok-4.5'],
    fields: ['cache_read_*'],
    right: 'ours',
    why: 'the page has $0.30 for cached input',
    source: 'https://docs.x.ai/developers/pricing',
  },
];
