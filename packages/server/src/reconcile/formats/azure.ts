/**
 * Cost details as Azure Cost Management exports them (`date`, `meterName`,
 * `quantity`, `unitOfMeasure`, `costInUsd`; older schemas `UsageDateTime`,
 * `PreTaxCost`). Meter names spell a model, a direction and a deployment:
 * `gpt-4o-0806-Inp-glbl Tokens`, `5.4 mini cd Inp Gl 1M Tokens`.
 */

import type { BillItem, BillMeter } from '../bill.ts';
import { type BillFormat, dayOf, dollars, firstOf, type Line, tokensOf, tokenUnit } from './format.ts';

export const azureCosts: BillFormat = {
  title: 'Azure cost details',
  columns: ['metername', 'quantity'],
  read(line: Line): BillItem | null {
    const service = ['metercategory', 'metersubcategory', 'productname', 'product', 'consumedservice']
      .map((column) => line[column] ?? '')
      .join(' ');
    if (!/openai|cognitive ?services|foundry|azure ai/i.test(service)) return null;
    const inDollars = firstOf(line, 'costinusd');
    const cost = dollars(
      inDollars || firstOf(line, 'costinbillingcurrency', 'pretaxcost', 'cost'),
      inDollars === '' ? firstOf(line, 'billingcurrencycode', 'billingcurrency', 'currency') : 'usd',
    );
    if (cost === null) return null;
    const kind = firstOf(line, 'chargetype');
    const { model, meter } = readAzureMeter(firstOf(line, 'metername'));
    const unit = tokenUnit(firstOf(line, 'unitofmeasure'));
    const isUsage = kind === '' || /usage/i.test(kind);
    return {
      day: dayOf(firstOf(line, 'date', 'usagedatetime', 'usagedate')),
      provider: 'azure',
      model: isUsage ? model : '',
      meter: isUsage ? meter : 'adjustment',
      costPicoUsd: cost,
      listPicoUsd: null,
      tokens:
        !isUsage || unit === null || meter === 'other' ? null : tokensOf(firstOf(line, 'quantity'), unit),
    };
  },
};

/** Words of meter names that are neither model nor direction: where it is deployed, in which tier, in what unit. */
const deployment =
  /\b(?:glbl|gl|global|regnl|rg|regional|dz|dzone|data zone|std|standard|batch|pp|shortco|longco|tokens?|1[mk])\b/gi;

/** The model and the meter that an Azure meter name spells. */
export function readAzureMeter(name: string): { readonly model: string; readonly meter: BillMeter } {
  const words = name.replaceAll(/[-_]/g, ' ');
  const isCached = /\b(?:cached|c+chd|cd)\b/i.test(words);
  const isWrite = /\b(?:wr|write)\b/i.test(words);
  const isOutput = /\b(?:outp?|opt|output)\b/i.test(words);
  const isInput = /\b(?:inp?|input)\b/i.test(words);
  const isOther = /\b(?:audio|aud|image|img|hosting|training|session|search|provisioned)\b/i.test(words);
  const model = words
    .replaceAll(/\b(?:cached|c+chd|cd|wr|write|outp?|opt|output|inp?|input)\b/gi, ' ')
    .replaceAll(deployment, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const meter =
    isOther || !(isOutput || isInput || isCached || isWrite)
      ? 'other'
      : isWrite
        ? 'cache_write'
        : isCached
          ? 'cache_read'
          : isOutput
            ? 'output'
            : 'input';
  // Since GPT-5 the meters leave the family out: `5.4 mini`.
  return { model: /^\d/.test(model) ? `gpt-${model}` : model, meter };
}
