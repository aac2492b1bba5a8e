/** What decides which price list entry applies to a request: everything but its time and its size. */

import { priceListOf } from './provider-aliases.ts';
import { serviceTierOf } from './service-tier.ts';

/** One kind of request. */
export interface PriceKind {
  /** As the event names it. */
  readonly provider: string;
  /** Which provider that is, whatever the spelling. */
  readonly providerKey: string;
  /** The model that answered, if it names itself otherwise, and the one asked for. */
  readonly models: readonly string[];
  /** As `serviceTierOf` names it. */
  readonly tier: string;
  /** Empty if unknown. */
  readonly region: string;
}

/** The texts of an event that make its kind. */
export interface KindFields {
  readonly provider: string;
  readonly model: string;
  readonly response_model: string;
  readonly service_tier: string;
  readonly region: string;
}

/** The kind of an event. */
export function kindOf(fields: KindFields): PriceKind {
  const { provider, model, response_model: answered, region } = fields;
  return {
    provider,
    providerKey: providerKeyOf(provider),
    models: answered === '' || answered === model ? [model] : [answered, model],
    tier: serviceTierOf(fields.service_tier),
    region: region.trim().toLowerCase(),
  };
}

/** One key for all spellings of a provider: its price list's id, else its name without case and punctuation. */
export function providerKeyOf(provider: string): string {
  return priceListOf(provider) ?? provider.toLowerCase().replace(/[^a-z0-9*]/g, '');
}
