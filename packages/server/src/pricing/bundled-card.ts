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

/** The card; its version is the day its pages were read. */
export const bundledCard: RateCard = {
  name: 'bellwether',
  version: 'bellwether-2026-11-20',
  prices: [
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
