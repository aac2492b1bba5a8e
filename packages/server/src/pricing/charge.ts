/**
 * What a request is charged, and how the charge came about. A charge whose cost
 * is `null` means that nobody knows the price; it never means that it was free.
 */

import type { AcceptedEvent, PicoUsd } from '@bellwether/events';
import type { Meter } from './meters.ts';

/** The fields of an event that its price depends on. */
export type PricedUsage = Pick<
  AcceptedEvent,
  | 'provider'
  | 'model'
  | 'response_model'
  | 'timestamp'
  | 'service_tier'
  | 'region'
  | 'status'
  | 'input_tokens'
  | 'output_tokens'
  | 'cache_read_tokens'
  | 'cache_write_tokens'
  | 'cache_write_1h_tokens'
  | 'reasoning_tokens'
  | 'input_audio_tokens'
  | 'output_audio_tokens'
  | 'input_image_tokens'
  | 'cost_usd'
  | 'latency_ms'
>;

/** The columns of a ledger's row that its price is computed from again, but for its instant and the caller's own cost. */
export const usageColumns = [
  'provider',
  'model',
  'response_model',
  'service_tier',
  'region',
  'status',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'input_image_tokens',
  'latency_ms',
] as const satisfies readonly (keyof PricedUsage)[];

/** Where a price came from: the caller, a rate card of the user, the bundled snapshot, or nowhere. */
export type PriceSource = 'caller' | 'card' | 'snapshot' | '';

/** The charge of one request. */
export interface Charge {
  /** Pico-dollars; `null` if the price is unknown, never 0 for that. */
  readonly costPicoUsd: PicoUsd | null;
  /** Empty if the price is unknown. */
  readonly priceSource: PriceSource;
  /** The version of the price list: that of the card, or the snapshot's package version and date. */
  readonly priceVersion: string;
  /** Which price of the list it was. */
  readonly priceId: string;
}

/** One line of a breakdown. */
export interface MeterCharge {
  /** A meter, or `request_cost` for a cost that the caller gave whole. */
  readonly meter: Meter | 'request_cost';
  readonly quantity: number;
  /** Dollars per unit, as an exact decimal. */
  readonly unitPriceUsd: string;
  readonly costPicoUsd: PicoUsd;
}

/** How much was used of a meter. */
export interface MeterQuantity {
  readonly meter: Meter;
  readonly quantity: number;
}

/** A charge with the meters it is the exact sum of. */
export interface ChargeBreakdown extends Charge {
  /** Empty if the price is unknown. */
  readonly meters: readonly MeterCharge[];
  /** Searches and the like that were used and that the price list has no price for. */
  readonly notCharged: readonly MeterQuantity[];
}

/** The charge of a request whose price is not known. */
export const UNPRICED: ChargeBreakdown = Object.freeze({
  costPicoUsd: null,
  priceSource: '',
  priceVersion: '',
  priceId: '',
  meters: [],
  notCharged: [],
});
