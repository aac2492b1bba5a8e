/**
 * A rate: every unit price that applies to one kind of request at one time, laid
 * out so that charging a request is a few multiplications. Whole pico-dollar
 * prices are multiplied as doubles, which is exact below 2^53; anything else goes
 * through exact fractions and is rounded half-even once per meter.
 */

import type { PicoUsd } from '@bellwether/events';
import type { MeterCharge, MeterQuantity, PriceSource } from './charge.ts';
import type { Meter, Quantities } from './meters.ts';
import { fallbacksOf, isTokenMeter, meterIndex, meters } from './meters.ts';
import type { UnitPrice } from './unit-price.ts';
import { costOf, FREE, formatUnitPrice, wholePicoUsd } from './unit-price.ts';

/** The unit prices of a list by meter; a meter that is absent has no price of its own. */
export type UnitPrices = Readonly<Partial<Record<Meter, UnitPrice>>>;

/** Unit prices that hold for requests above a number of tokens, for the whole of such a request. */
export interface PriceBand {
  /** The band holds for requests with more tokens than this; -1 for the lowest. */
  readonly aboveTokens: number;
  readonly prices: UnitPrices;
}

/** What identifies a price. */
export interface PriceIdentity {
  readonly source: PriceSource;
  readonly version: string;
  readonly id: string;
}

/** Which tokens of a request its long-context thresholds count. */
export type CountedTokens = 'input' | 'total';

/** Prices laid out by meter index. */
interface CompiledBand extends PriceBand {
  /** The meter that each meter's quantity is charged on, {@link NO_PRICE} or {@link NOT_METERED}. */
  readonly chargedOn: Int8Array;
  /** Whole pico-dollars per unit, after fallback; NaN if not whole; 0 where nothing is charged. */
  readonly picoUsd: Float64Array;
  /** Dollars per unit as a decimal, after fallback; empty where nothing is charged. */
  readonly unitPricesUsd: readonly string[];
}

/** A quantity of this meter makes the request unpriced. */
const NO_PRICE = -1;

/**
 * A quantity of this meter costs nothing by itself: the tokens of a model that is
 * paid by the hour, the searches of one that is paid by the token.
 */
const NOT_METERED = -2;

/** A price that is ready to charge with. */
export interface Rate extends PriceIdentity {
  readonly counted: CountedTokens;
  /** Highest threshold first; the last one always applies. */
  readonly bands: readonly CompiledBand[];
  /** What it charges for, so that a request whose usage is unknown is not taken for one that used nothing. */
  readonly pricesTokens: boolean;
  readonly pricesSeconds: boolean;
  readonly pricesRequests: boolean;
}

/**
 * Lays out price bands for charging.
 *
 * @param bands in any order; one of them must have `aboveTokens` -1.
 */
export function compileRate(
  identity: PriceIdentity,
  bands: readonly PriceBand[],
  counted: CountedTokens = 'input',
): Rate {
  const compiled = bands.map(compileBand).toSorted((a, b) => b.aboveTokens - a.aboveTokens);
  if (compiled.at(-1)?.aboveTokens !== -1) throw new Error(`the price ${identity.id} has no lowest band`);
  const priced = new Set(bands.flatMap((band) => Object.keys(band.prices) as Meter[]));
  return Object.freeze({
    ...identity,
    counted,
    bands: compiled,
    pricesTokens: [...priced].some(isTokenMeter),
    pricesSeconds: priced.has('request_seconds'),
    pricesRequests: priced.has('requests'),
  });
}

/** The rate of what costs nothing, whatever is used. */
export function freeRate(identity: PriceIdentity): Rate {
  const prices = Object.fromEntries(meters.map((meter) => [meter, FREE]));
  // It is known to cost nothing even where nobody knows how much was used.
  return {
    ...compileRate(identity, [{ aboveTokens: -1, prices }]),
    pricesTokens: false,
    pricesSeconds: false,
    pricesRequests: true,
  };
}

function compileBand(band: PriceBand): CompiledBand {
  const { prices } = band;
  const chargedOn = new Int8Array(meters.length).fill(NO_PRICE);
  const picoUsd = new Float64Array(meters.length);
  const unitPricesUsd = meters.map(() => '');
  const priced = Object.keys(prices) as Meter[];
  const paidByTokens = priced.some(isTokenMeter);
  for (const [index, meter] of meters.entries()) {
    const chargedAs = [meter, ...fallbacksOf(meter)].find((candidate) => prices[candidate] !== undefined);
    const price = chargedAs && prices[chargedAs];
    if (chargedAs && price) {
      chargedOn[index] = meterIndex[chargedAs];
      picoUsd[index] = wholePicoUsd(price);
      unitPricesUsd[index] = formatUnitPrice(price);
    } else if (priced.length > 0 && isTokenMeter(meter) !== paidByTokens) {
      chargedOn[index] = NOT_METERED;
    }
  }
  return { ...band, chargedOn, picoUsd, unitPricesUsd };
}

/** Whether a rate charges for a meter. */
export function chargesFor(rate: Rate, meter: Meter): boolean {
  return rate.bands.some((band) => (band.chargedOn[meterIndex[meter]] ?? NO_PRICE) >= 0);
}

/** The band of a rate that a request with so many tokens falls into. */
export function bandFor(rate: Rate, inputTokens: number, outputTokens: number): CompiledBand {
  const { bands } = rate;
  const tokens = rate.counted === 'input' ? inputTokens : inputTokens + outputTokens;
  let index = 0;
  while (index < bands.length - 1 && tokens <= (bands[index] as CompiledBand).aboveTokens) index += 1;
  return bands[index] as CompiledBand;
}

/**
 * What the quantities cost.
 *
 * @returns pico-dollars, or `null` if one of them has no price.
 */
export function costOfQuantities(band: CompiledBand, quantities: Quantities): PicoUsd | null {
  const { chargedOn, picoUsd } = band;
  let sum = 0;
  for (let index = 0; index < quantities.length; index += 1) {
    const quantity = quantities[index] as number;
    if (quantity === 0) continue;
    if (chargedOn[index] === NO_PRICE) return null;
    sum += Number.isInteger(quantity) ? quantity * (picoUsd[index] as number) : Number.NaN;
  }
  // Every term is at most the sum, so below 2^53 neither a product nor the sum was rounded. NaN is no safe integer.
  if (Number.isSafeInteger(sum)) return BigInt(sum);
  return chargesOf(band, quantities)?.reduce((total, charge) => total + charge.costPicoUsd, 0n) ?? null;
}

/**
 * The lines that the cost is the exact sum of, one per price that was applied.
 *
 * @returns `null` if one of the quantities has no price.
 */
export function chargesOf(band: CompiledBand, quantities: Quantities): MeterCharge[] | null {
  const charged = new Float64Array(quantities.length);
  for (let index = 0; index < quantities.length; index += 1) {
    const quantity = quantities[index] as number;
    const target = band.chargedOn[index] as number;
    if (quantity === 0 || target === NOT_METERED) continue;
    if (target === NO_PRICE) return null;
    charged[target] = (charged[target] as number) + quantity;
  }
  const charges: MeterCharge[] = [];
  for (let index = 0; index < charged.length; index += 1) {
    const quantity = charged[index] as number;
    if (quantity !== 0) charges.push(chargeOf(band, index, quantity));
  }
  return charges;
}

function chargeOf(band: CompiledBand, index: number, quantity: number): MeterCharge {
  const meter = meters[index] as Meter;
  const price = band.prices[meter] ?? FREE;
  const product = quantity * (band.picoUsd[index] as number);
  // The same shortcut as for the whole cost: exact while everything is whole and below 2^53.
  const exact = Number.isInteger(quantity) && Number.isSafeInteger(product);
  return {
    meter,
    quantity,
    unitPriceUsd: band.unitPricesUsd[index] as string,
    costPicoUsd: exact ? BigInt(product) : costOf(price, quantity),
  };
}

/** The quantities that a band does not charge for, so that nobody takes them for charged. */
export function notCharged(band: CompiledBand, quantities: Quantities): readonly MeterQuantity[] {
  const found: MeterQuantity[] = [];
  for (let index = 0; index < quantities.length; index += 1) {
    const quantity = quantities[index] as number;
    const meter = meters[index] as Meter;
    if (quantity !== 0 && band.chargedOn[index] === NOT_METERED && !isTokenMeter(meter)) {
      found.push({ meter, quantity });
    }
  }
  return found;
}

/** A rate with each of its unit prices changed, e.g. discounted. */
export function mapRate(
  rate: Rate,
  identity: PriceIdentity,
  change: (price: UnitPrice, meter: Meter) => UnitPrice | undefined,
): Rate {
  const bands = rate.bands.map(({ aboveTokens, prices }) => {
    const changed: Partial<Record<Meter, UnitPrice>> = {};
    for (const [meter, price] of Object.entries(prices) as [Meter, UnitPrice][]) {
      const result = change(price, meter);
      if (result) changed[meter] = result;
    }
    return { aboveTokens, prices: changed };
  });
  return compileRate(identity, bands, rate.counted);
}
