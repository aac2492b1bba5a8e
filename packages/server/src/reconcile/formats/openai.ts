/**
 * Costs as OpenAI's usage page exports them, a line for each day and line item.
 * Columns and spellings as in exports of 2025 and 2026: `start_time_iso`,
 * `amount_value`, `amount_currency`, `line_item` (`gpt-4o-2024-08-06, cached input`),
 * `quantity`, `quantity_unit`. Without grouping by line item the model is not told.
 */

import type { BillItem, BillMeter } from '../bill.ts';
import { type BillFormat, dayOf, dollars, firstOf, type Line, tokensOf, tokenUnit } from './format.ts';

export const openaiCosts: BillFormat = {
  title: 'OpenAI costs',
  columns: ['starttimeiso', 'amountvalue', 'amountcurrency'],
  read(line: Line): BillItem | null {
    const cost = dollars(firstOf(line, 'amountvalue'), firstOf(line, 'amountcurrency'));
    if (cost === null) return null;
    const [model = '', ...rest] = firstOf(line, 'lineitem').split(',');
    const meter = rest.length === 0 ? 'other' : meterOf(rest.join(','));
    const unit = tokenUnit(firstOf(line, 'quantityunit') || 'tokens');
    return {
      day: dayOf(firstOf(line, 'starttimeiso')),
      provider: 'openai',
      model: rest.length === 0 && !/\d/.test(model) ? '' : model.trim(),
      meter,
      costPicoUsd: cost,
      listPicoUsd: null,
      tokens: meter === 'other' || unit === null ? null : tokensOf(firstOf(line, 'quantity'), unit),
    };
  },
};

function meterOf(text: string): BillMeter {
  if (/audio|image|search|tool|session|storage/i.test(text)) return 'other';
  if (/cach/i.test(text)) return 'cache_read';
  if (/output/i.test(text)) return 'output';
  return /input/i.test(text) ? 'input' : 'other';
}
