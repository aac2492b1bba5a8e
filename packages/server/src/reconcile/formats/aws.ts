/**
 * AWS Cost and Usage Reports, in the names of CUR 2.0 (`line_item_usage_type`) and of
 * the older one (`lineItem/UsageType`). Usage types spell region, model, token type and
 * routing: `USE1-Claude4.6Opus-cache-read-input-token-count-cross-region-global`
 * (Amazon Bedrock User Guide, "Understanding your Cost and Usage Report data"); models of
 * the marketplace are told by the product's name.
 */

import type { BillItem, BillMeter } from '../bill.ts';
import { type BillFormat, dayOf, dollars, firstOf, type Line, tokensOf, tokenUnit } from './format.ts';

export const awsUsage: BillFormat = {
  title: 'AWS Cost and Usage Report',
  columns: ['lineitemusagestartdate', 'lineitemusagetype', 'lineitemunblendedcost'],
  read(line: Line): BillItem | null {
    const product = firstOf(line, 'productproductname', 'productservicename', 'productname', 'product');
    const code = firstOf(line, 'lineitemproductcode');
    if (!/bedrock/i.test(`${product} ${code}`)) return null;
    const cost = dollars(firstOf(line, 'lineitemunblendedcost'), firstOf(line, 'lineitemcurrencycode'));
    if (cost === null) return null;
    const { model, meter } = readAwsUsage(firstOf(line, 'lineitemusagetype'), product);
    const unit = tokenUnit(firstOf(line, 'pricingunit').replace(/^units?$/i, '?'));
    const isUsage = /usage$/i.test(firstOf(line, 'lineitemlineitemtype') || 'Usage');
    return {
      day: dayOf(firstOf(line, 'lineitemusagestartdate')),
      provider: 'aws',
      model: isUsage ? model : '',
      meter: isUsage ? meter : 'adjustment',
      costPicoUsd: cost,
      listPicoUsd: dollars(firstOf(line, 'pricingpublicondemandcost'), 'usd'),
      tokens:
        !isUsage || unit === null || meter === 'other'
          ? null
          : tokensOf(firstOf(line, 'lineitemusageamount'), unit),
    };
  },
};

/** The model and the meter of a usage type. */
export function readAwsUsage(
  usageType: string,
  product: string,
): { readonly model: string; readonly meter: BillMeter } {
  const text = usageType.replaceAll(/[-_ ]/g, '').toLowerCase();
  const edition = /^(.*?)\s*\(Amazon Bedrock Edition\)/i.exec(product)?.[1];
  const named = usageType
    .replace(/^[A-Z]{2,4}\d?-/, '')
    .split(/-(?:mantle|text|cache|input|output)/i)[0]
    ?.trim();
  return { model: edition ?? named ?? '', meter: meterOf(text) };
}

function meterOf(text: string): BillMeter {
  if (!text.includes('token') || /image|audio|video|speech/.test(text)) return 'other';
  if (text.includes('cacheread')) return 'cache_read';
  if (text.includes('cachewrite')) return /1h|onehour/.test(text) ? 'cache_write_1h' : 'cache_write';
  if (text.includes('output')) return 'output';
  return text.includes('input') ? 'input' : 'other';
}
