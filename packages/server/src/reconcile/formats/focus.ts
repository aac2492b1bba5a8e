/**
 * FOCUS rows (FinOps Open Cost and Usage Specification 1.0 to 1.4) of any provider,
 * and Bellwether's own export, which names model and meter in `x_Model` and `x_TokenType`.
 * Azure's and AWS's exports name them in `x_SkuMeterName` and `x_UsageType`.
 */

import { priceListOf } from '../../pricing/provider-aliases.ts';
import type { BillItem, BillMeter } from '../bill.ts';
import { readAwsUsage } from './aws.ts';
import { readAzureMeter } from './azure.ts';
import { type BillFormat, dayOf, dollars, firstOf, type Line, tokensOf, tokenUnit } from './format.ts';

const ownMeters: Readonly<Record<string, BillMeter>> = {
  input_tokens: 'input',
  cache_read_tokens: 'cache_read',
  cache_write_tokens: 'cache_write',
  cache_write_1h_tokens: 'cache_write_1h',
  output_tokens: 'output',
  reasoning_tokens: 'output',
};

export const focusRows: BillFormat = {
  title: 'FOCUS',
  columns: ['billedcost', 'chargeperiodstart', 'chargecategory'],
  read(line: Line): BillItem | null {
    const category = firstOf(line, 'servicecategory');
    const name = firstOf(line, 'serviceprovidername', 'providername', 'invoiceissuername');
    if (category !== '' && category !== 'AI and Machine Learning') return null;
    const cost = dollars(firstOf(line, 'billedcost'), firstOf(line, 'billingcurrency'));
    if (cost === null) return null;
    const isUsage = firstOf(line, 'chargecategory') === 'Usage';
    const { model, meter } = readMeter(line);
    const unit = tokenUnit(firstOf(line, 'consumedunit', 'pricingunit'));
    const quantity = firstOf(line, 'consumedquantity', 'pricingquantity');
    return {
      day: dayOf(firstOf(line, 'chargeperiodstart')),
      provider: priceListOf(name) ?? name,
      model: isUsage ? model : '',
      meter: isUsage ? meter : 'adjustment',
      costPicoUsd: cost,
      listPicoUsd: dollars(firstOf(line, 'listcost'), 'usd'),
      tokens: !isUsage || unit === null || meter === 'other' ? null : tokensOf(quantity, unit),
    };
  },
};

function readMeter(line: Line): { readonly model: string; readonly meter: BillMeter } {
  const model = firstOf(line, 'xmodel');
  if (model !== '') return { model, meter: ownMeters[firstOf(line, 'xtokentype')] ?? 'other' };
  const usageType = firstOf(line, 'xusagetype');
  if (usageType !== '') return readAwsUsage(usageType, firstOf(line, 'skumeter', 'servicename'));
  return readAzureMeter(firstOf(line, 'xskumetername', 'skumeter', 'chargedescription'));
}
