/**
 * Prices that go before the snapshot because its package has them wrong or cannot
 * say them, in the form of a rate card. Each entry names the provider's page.
 */

import type { RateCard } from './card-schema.ts';

const deepseek = 'https://api-docs.deepseek.com/quick_start/pricing';

/** DeepSeek's peak hours; since 2026-08-23 (Beijing time) weekends have none. */
const PEAK_EVERY_DAY = ['01:00-04:00', '06:00-10:00'];
const PEAK_WEEKDAYS = ['mon-fri 01:00-04:00', 'mon-fri 06:00-10:00'];

const FLAT_UNTIL = '2026-08-16T16:00:00Z';
const WEEKENDS_FROM = '2026-08-22T16:00:00Z';
const FLASH_41_FROM = '2026-09-10T04:00:00Z';

function deepseekPrice(model: string, cacheRead: number, input: number, output: number) {
  const per_million_tokens = { cache_read: cacheRead, input, output };
  return { provider: 'deepseek', model, source: deepseek, per_million_tokens };
}

/** The names of V3 and R1, which went on for newer models at their prices until they were retired. */
function deepseekFormer(model: string) {
  return [
    { ...deepseekPrice(model, 0.07, 0.56, 1.68), from: '2025-09-05T16:00:00Z', until: '2025-09-29' },
    { ...deepseekPrice(model, 0.028, 0.28, 0.42), from: '2025-09-29', until: '2026-04-24' },
    { ...deepseekPrice(model, 0.0028, 0.14, 0.28), from: '2026-04-24', until: '2026-07-24T15:59:00Z' },
  ];
}

const claude = 'https://platform.claude.com/docs/en/about-claude/pricing';
const openaiModels = 'https://developers.openai.com/api/docs/models';

/** The package has one price of Sonnet 4 at any length; while it took more than 200,000 tokens, those cost more. */
function sonnet4(model: string) {
  return {
    provider: 'anthropic',
    model,
    source: claude,
    per_million_tokens: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6 },
    per_thousand: { web_searches: 10 },
    long_context: [
      {
        above_tokens: 200_000,
        per_million_tokens: { input: 6, output: 22.5, cache_read: 0.6, cache_write: 7.5, cache_write_1h: 12 },
      },
    ],
    tiers: { batch: 0.5 },
  };
}

/** The package has no prices of audio for these models and would charge it as text. */
function audioPreview(model: string, text: readonly [number, number], audio: readonly [number, number]) {
  const [input, output] = text;
  const [input_audio, output_audio] = audio;
  return {
    provider: 'openai',
    model,
    source: `${openaiModels}/${model}`,
    per_million_tokens: { input, output, input_audio, output_audio },
  };
}

/** The card; its version is the day its pages were read. */
export const bundledCard: RateCard = {
  name: 'bellwether',
  version: 'bellwether-2026-11-20',
  prices: [
    sonnet4('claude-sonnet-4-20250514'),
    sonnet4('claude-sonnet-4-0'),
    sonnet4('claude-4-sonnet-20250514'),
    ...['gpt-4o-audio-preview', 'gpt-4o-audio-preview-2024-12-17', 'gpt-4o-audio-preview-2025-06-03'].map(
      (model) => audioPreview(model, [2.5, 10], [40, 80]),
    ),
    ...['gpt-4o-mini-audio-preview', 'gpt-4o-mini-audio-preview-2024-12-17'].map((model) =>
      audioPreview(model, [0.15, 0.6], [10, 20]),
    ),
    // The package has the introductory price of later weeks for all of the time.
    {
      provider: 'google',
      model: 'gemini-3.6-flash',
      from: '2026-07-21',
      until: '2026-08-13',
      source: 'https://ai.google.dev/gemini-api/docs/whats-new-gemini-3.6',
      per_million_tokens: { input: 1.5, output: 7.5, cache_read: 0.15 },
      tiers: { batch: 0.5, flex: 0.5, priority: 1.8 },
    },
    ...deepseekFormer('deepseek-chat'),
    ...deepseekFormer('deepseek-reasoner'),
    // The package begins the peak prices 8 hours late, charges them before they began, and knows no weekends.
    { ...deepseekPrice('deepseek-v4-flash*', 0.0028, 0.14, 0.28), until: FLAT_UNTIL },
    { ...deepseekPrice('deepseek-v4-flash*', 0.007, 0.22, 0.66), from: FLAT_UNTIL, until: FLASH_41_FROM },
    {
      ...deepseekPrice('deepseek-v4-flash*', 0.014, 0.44, 1.32),
      from: FLAT_UNTIL,
      until: WEEKENDS_FROM,
      hours: PEAK_EVERY_DAY,
    },
    {
      ...deepseekPrice('deepseek-v4-flash*', 0.014, 0.44, 1.32),
      from: WEEKENDS_FROM,
      until: FLASH_41_FROM,
      hours: PEAK_WEEKDAYS,
    },
    // Since the release of V4.1, requests for the former flash model are answered and charged as deepseek-flash.
    { ...deepseekPrice('deepseek-v4-flash*', 0.003, 0.15, 0.6), from: FLASH_41_FROM },
    { ...deepseekPrice('deepseek-v4-flash*', 0.006, 0.3, 1.2), from: FLASH_41_FROM, hours: PEAK_WEEKDAYS },
    { ...deepseekPrice('deepseek-flash', 0.003, 0.15, 0.6), from: FLASH_41_FROM },
    { ...deepseekPrice('deepseek-flash', 0.006, 0.3, 1.2), from: FLASH_41_FROM, hours: PEAK_WEEKDAYS },
    { ...deepseekPrice('deepseek-v4-pro*', 0.003625, 0.435, 0.87), until: FLAT_UNTIL },
    { ...deepseekPrice('deepseek-v4-pro*', 0.022, 0.66, 1.98), from: FLAT_UNTIL },
    {
      ...deepseekPrice('deepseek-v4-pro*', 0.044, 1.32, 3.96),
      from: FLAT_UNTIL,
      until: WEEKENDS_FROM,
      hours: PEAK_EVERY_DAY,
    },
    { ...deepseekPrice('deepseek-v4-pro*', 0.044, 1.32, 3.96), from: WEEKENDS_FROM, hours: PEAK_WEEKDAYS },
  ],
};
