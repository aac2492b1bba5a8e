/**
 * What the Claude Console exports: costs by day, model and token type without token
 * counts (`usage_date_utc`, `model`, `token_type`, `cost_usd`, `list_price_usd`), and
 * tokens without costs (`usage_date_utc`, `model_version`, `usage_…_tokens…`), as in
 * exports of 2026. Together they give both.
 */

import type { BillItem, BillMeter, TokenMeter } from '../bill.ts';
import { type BillFormat, dayOf, dollars, firstOf, type Line, tokensOf } from './format.ts';

const meters: Readonly<Record<string, BillMeter>> = {
  input_no_cache: 'input',
  uncached_input_tokens: 'input',
  input_cache_read: 'cache_read',
  cache_read_input_tokens: 'cache_read',
  input_cache_write_5m: 'cache_write',
  input_cache_write_1h: 'cache_write_1h',
  output: 'output',
  output_tokens: 'output',
};

export const anthropicCosts: BillFormat = {
  title: 'Anthropic costs',
  columns: ['usagedateutc', 'tokentype', 'costusd'],
  read(line: Line): BillItem | null {
    const cost = dollars(firstOf(line, 'costusd'), 'usd');
    if (cost === null) return null;
    return {
      day: dayOf(firstOf(line, 'usagedateutc')),
      provider: 'anthropic',
      model: firstOf(line, 'model'),
      meter: meters[firstOf(line, 'tokentype')] ?? 'other',
      costPicoUsd: cost,
      listPicoUsd: dollars(firstOf(line, 'listpriceusd'), 'usd'),
      tokens: null,
    };
  },
};

/** The columns of the token export, by meter. */
const tokenColumns: Readonly<Record<TokenMeter, string>> = {
  input: 'usageinputtokensnocache',
  cache_read: 'usageinputtokenscacheread',
  cache_write: 'usageinputtokenscachewrite5m',
  cache_write_1h: 'usageinputtokenscachewrite1h',
  output: 'usageoutputtokens',
};

/** The token export: one format for each of its columns, since a line counts several meters. */
export const anthropicTokens: readonly BillFormat[] = Object.entries(tokenColumns).map(
  ([meter, column]): BillFormat => ({
    title: 'Anthropic tokens',
    columns: ['usagedateutc', 'modelversion', column],
    read(line: Line): BillItem | null {
      const tokens = tokensOf(firstOf(line, column), 1n);
      if (tokens === null) return null;
      return {
        day: dayOf(firstOf(line, 'usagedateutc')),
        provider: 'anthropic',
        model: firstOf(line, 'modelversion'),
        meter: meter as TokenMeter,
        costPicoUsd: 0n,
        listPicoUsd: null,
        tokens,
      };
    },
  }),
);
