/**
 * From charged events to FOCUS rows: one row for each day, meter and set of
 * dimensions. An event's charge is taken apart by pricing it again at the price its
 * row names; if that gives the stored cost to the pico-dollar, the parts are the ones
 * it was charged for. Otherwise (the price list has changed since, or the sender gave
 * the cost) the whole cost is one row that says so. Nothing is ever estimated.
 */

import { formatUsd, parseUsd, type PicoUsd } from '@bellwether/events';
import type { MeterCharge, PricedUsage } from '../../pricing/charge.ts';
import type { Pricer } from '../../pricing/pricer.ts';
import type { FocusRow } from './columns.ts';
import { picoQuantity, quantityText, shiftDecimal, unitsOf } from './units.ts';

/** How a row's cost came about. */
type Breakdown =
  /** Of the meters that the price list charges for. */
  | 'meters'
  /** The sender gave the cost. */
  | 'given'
  /** The price it was charged at is no longer known: the cost is exact, its parts are not told. */
  | 'whole';

/** What is read of an event. */
export interface ChargedEvent extends Omit<PricedUsage, 'timestamp' | 'cost_usd'> {
  /** Epoch seconds. */
  readonly at: number;
  /** Decimal dollars. */
  readonly cost_usd: string;
  readonly price_source: string;
  readonly price_version: string;
  readonly price_id: string;
  readonly tenant: string;
  readonly team: string;
  readonly application: string;
  readonly environment: string;
  readonly backend_id: string;
}

interface Group {
  readonly event: ChargedEvent;
  readonly breakdown: Breakdown;
  /** Null where the whole cost is one row. */
  readonly charge: Pick<MeterCharge, 'meter' | 'unitPriceUsd'> | null;
  costPicoUsd: PicoUsd;
  picoQuantity: bigint;
  requests: number;
}

/** Groups that are held at once; beyond that a day has several rows for a group, with the same sums. */
const GROUPS_MAX = 100_000;
const DAY_SECONDS = 86_400;

/** Adds up events, which come in order of time, and gives the rows of each day. */
export class FocusAggregate {
  readonly #pricer: Pricer;
  readonly #billingAccount: string;
  readonly #groups = new Map<string, Group>();
  #day = Number.NaN;

  constructor(pricer: Pricer, billingAccount: string) {
    this.#pricer = pricer;
    this.#billingAccount = billingAccount;
  }

  /** Adds an event with a known cost; gives the rows that are complete because of it. */
  add(event: ChargedEvent): FocusRow[] {
    const day = Math.floor(event.at / DAY_SECONDS);
    const done = day !== this.#day || this.#groups.size >= GROUPS_MAX ? this.finish() : [];
    this.#day = day;
    const cost = parseUsd(event.cost_usd) ?? 0n;
    const meters = this.#meters(event, cost);
    if (meters === null) {
      const breakdown = event.price_source === 'caller' ? 'given' : 'whole';
      this.#count(event, breakdown, null, cost, picoQuantity(1));
    } else {
      for (const charge of meters)
        this.#count(event, 'meters', charge, charge.costPicoUsd, picoQuantity(charge.quantity));
    }
    return done;
  }

  /** The rows of what was added since the last ones. */
  finish(): FocusRow[] {
    const rows = [...this.#groups.values()].map((group) => rowOf(group, this.#day, this.#billingAccount));
    this.#groups.clear();
    return rows;
  }

  /** The parts of an event's cost; null if they cannot be told. */
  #meters(event: ChargedEvent, cost: PicoUsd): readonly MeterCharge[] | null {
    if (event.price_source === 'caller') return null;
    const timestamp = { epochSeconds: event.at, nanoseconds: 0 };
    const now = this.#pricer.explain({ ...event, timestamp, cost_usd: null });
    const same =
      now.costPicoUsd === cost &&
      now.priceSource === event.price_source &&
      now.priceVersion === event.price_version &&
      now.priceId === event.price_id;
    return same ? now.meters : null;
  }

  #count(
    event: ChargedEvent,
    breakdown: Breakdown,
    charge: Group['charge'],
    costPicoUsd: PicoUsd,
    quantity: bigint,
  ): void {
    const { provider, model, region, service_tier, tenant, team, application, environment } = event;
    const { price_source, price_version, price_id, backend_id } = event;
    const dimensions = [provider, model, region, service_tier, tenant, team, application, environment];
    const price = [price_source, price_version, price_id, charge?.meter, charge?.unitPriceUsd];
    const key = JSON.stringify([dimensions, backend_id, breakdown, price]);
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, { event, breakdown, charge, costPicoUsd, picoQuantity: quantity, requests: 1 });
      return;
    }
    group.costPicoUsd += costPicoUsd;
    group.picoQuantity += quantity;
    group.requests += 1;
  }
}

/** The charges of a day, by what charges know. */
export interface DayCharge
  extends Pick<
    ChargedEvent,
    | 'at'
    | 'tenant'
    | 'provider'
    | 'model'
    | 'team'
    | 'application'
    | 'price_source'
    | 'price_version'
    | 'price_id'
  > {
  /** Events with a known price. */
  readonly priced: number;
  /** Decimal dollars. */
  readonly cost: string;
}

/** The row of charges whose events are gone: the cost is exact, its meters are not told any more. */
export function rowOfCharge(charge: DayCharge, billingAccount: string): FocusRow {
  const event = { ...NO_EVENT, ...charge, cost_usd: charge.cost };
  const group: Group = {
    event,
    breakdown: charge.price_source === 'caller' ? 'given' : 'whole',
    charge: null,
    costPicoUsd: parseUsd(charge.cost) ?? 0n,
    picoQuantity: picoQuantity(charge.priced),
    requests: charge.priced,
  };
  return rowOf(group, Math.floor(charge.at / DAY_SECONDS), billingAccount);
}

/** What charges do not know of an event. */
const NO_EVENT = {
  response_model: '',
  service_tier: '',
  region: '',
  status: 'success',
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  reasoning_tokens: null,
  input_audio_tokens: null,
  output_audio_tokens: null,
  input_image_tokens: null,
  latency_ms: null,
  environment: '',
  backend_id: '',
} as const;

function rowOf(group: Group, day: number, billingAccount: string): FocusRow {
  const { event } = group;
  const cost = formatUsd(group.costPicoUsd);
  const model = event.model;
  const meter = group.charge?.meter ?? 'request_cost';
  const none = (value: string): string | null => (value === '' ? null : value);
  const details = { model, ...(event.service_tier === '' ? {} : { service_tier: event.service_tier }) };
  return {
    BilledCost: cost,
    BillingAccountId: billingAccount,
    BillingAccountName: null,
    BillingCurrency: 'USD',
    BillingPeriodEnd: monthStart(day, 1),
    BillingPeriodStart: monthStart(day, 0),
    ChargeCategory: 'Usage',
    ChargeClass: null,
    ChargeDescription: `${meter.replaceAll('_', ' ')} of ${model}`,
    ChargeFrequency: 'Usage-Based',
    ChargePeriodEnd: instantText((day + 1) * DAY_SECONDS),
    ChargePeriodStart: instantText(day * DAY_SECONDS),
    ...priceColumns(group, cost),
    ContractedCost: cost,
    EffectiveCost: cost,
    HostProviderName: event.provider,
    InvoiceIssuerName: event.provider,
    ListCost: cost,
    PricingCategory: group.breakdown === 'meters' ? 'Standard' : 'Other',
    RegionId: none(event.region),
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: event.provider,
    ServiceProviderName: event.provider,
    ServiceSubcategory: 'Generative AI',
    SkuId: model,
    SkuMeter: meter,
    SkuPriceDetails: JSON.stringify(details),
    SkuPriceId: event.price_id === '' ? `${model}/${meter}` : `${event.price_id}/${meter}`,
    SubAccountId: none(event.tenant),
    SubAccountName: none(event.tenant),
    Tags: tagsOf(event),
    x_Application: none(event.application),
    x_Backend: none(event.backend_id),
    x_Breakdown: group.breakdown,
    x_Environment: none(event.environment),
    x_Model: model,
    x_PriceId: none(event.price_id),
    x_PriceSource: event.price_source,
    x_PriceVersion: none(event.price_version),
    x_Requests: String(group.requests),
    x_ServiceTier: none(event.service_tier),
    x_Team: none(event.team),
    x_TokenType: meter,
  };
}

/** A cost whose parts are not known is priced in dollars, at one dollar each: that is all there is to say of it. */
function priceColumns({ charge, picoQuantity: quantity }: Group, cost: string) {
  if (charge === null) {
    return {
      ConsumedQuantity: quantityText(quantity),
      ConsumedUnit: 'Requests',
      ContractedUnitPrice: '1',
      ListUnitPrice: '1',
      PricingQuantity: cost,
      PricingUnit: 'USD',
    };
  }
  const units = unitsOf(charge.meter === 'request_cost' ? 'requests' : charge.meter);
  const price = shiftDecimal(charge.unitPriceUsd, units.shift);
  return {
    ConsumedQuantity: quantityText(quantity),
    ConsumedUnit: units.consumed,
    ContractedUnitPrice: price,
    ListUnitPrice: price,
    PricingQuantity: quantityText(quantity, units.shift),
    PricingUnit: units.priced,
  };
}

function tagsOf({ team, application, environment }: ChargedEvent): string | null {
  const tags = Object.entries({ team, application, environment }).filter(([, value]) => value !== '');
  return tags.length === 0 ? null : JSON.stringify(Object.fromEntries(tags));
}

function monthStart(day: number, monthsLater: number): string {
  const date = new Date(day * DAY_SECONDS * 1000);
  return instantText(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsLater, 1) / 1000);
}

function instantText(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
