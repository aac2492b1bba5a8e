/** The pricer that a configuration asks for: its rate cards before the bundled list. */

import { readFileSync } from 'node:fs';
import type { Config } from './config/index.ts';
import type { RateCard } from './pricing/index.ts';
import { createPricer, type Pricer } from './pricing/pricer.ts';

/** The pricer of the configured rate cards. */
export async function configuredPricer(config: Config): Promise<Pricer> {
  return createPricer({ cards: await configuredCards(config) });
}

/** Reads the configured rate cards. What reads cards is loaded only if there are some: it takes 10 MB. */
export async function configuredCards(config: Config): Promise<RateCard[]> {
  if (config.pricing.cards.length === 0) return [];
  const { parseRateCard } = await import('./pricing/card-file.ts');
  return config.pricing.cards.map((file) => parseRateCard(readFileSync(file, 'utf8'), file));
}
