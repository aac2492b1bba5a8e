/**
 * A rate: every unit price that applies to one kind of request at one time, laid
 * out so that charging a request is a few multiplications. Whole pico-dollar
 * prices are multiplied as doubles, which is exact below 2^53; anything else goes
 * through exact fractions and is rounded half-even once per meter.
 */

import type { PicoUsd } from '@bellwether/events';
import type { MeterCharge, PriceSource } from './charge.ts';
import type { Meter, Quantities } from './meters.ts';
import { fallbacksOf, meterIndex, meters } from './meters.ts';
import type { UnitPrice } from './unit-price.ts';
import { costOf, formatUnitPrice, wholePicoUsd } from './unit-price.ts';

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

/** Prices laid out by meter index. */
interface CompiledBand {
  readonly aboveTokens: number;
  /** The meter that each meter's quantity is charged on, or -1 if there is none. */
  readonly chargedOn: Int8Array;
  /** Whole pico-dollars per unit, after fallback; NaN if not whole; 0 where there is no price. */
  readonly picoUsd: Float64Array;
  readonly prices: readonly (UnitPrice | undefined)[];
}

/** A price that is ready to charge with. */
export interface Rate extends PriceIdentity {
  /** Highest threshold first; the last one always applies. */
  readonly bands: readonly CompiledBand[];
  /** True if a request costs something by itself, so that one without any usage has a price too. */
  readonly feePerRequest: boolean;
}

/**
 * Lays out price bands for charging.
 *
 * @param bands in any order; one of them must have `aboveTokens` -1.
 */
export function compileRate(identity: PriceIdentity, bands: readonly PriceBand[]): Rate {
  const compiled = bands.map(compileBand).toSorted((a, b) => b.aboveTokens - a.aboveTokens);
  if (compiled.at(-1)?.aboveTokens !== -1) throw new Error(`the price ${identity.id} has no lowest band`);
  const feePerRequest = bands.some((band) => band.prices.requests !== undefined);
  return Object.freeze({ ...identity, bands: compiled, feePerRequest });
}

function compileBand(band: PriceBand): CompiledBand {
  const chargedOn = new Int8Array(meters.length).fill(-1);
  const picoUsd = new Float64Array(meters.length);
  meters.forEach((meter, index) => {
    const priced = [meter, ...fallbacksOf(meter)].find((candidate) => band.prices[candidate] !== undefined);
    const price = priced && band.prices[priced];
    if (!priced || !price) return;
    chargedOn[index] = meterIndex[priced];
    picoUsd[index] = wholePicoUsd(price);
  });
  return { aboveTokens: band.aboveTokens, chargedOn, picoUsd, prices: meters.map((m) => band.prices[m]) };
}

/** The band of a rate that a request with so many tokens falls into. */
export function bandFor(rate: Rate, tokens: number): CompiledBand {
  const { bands } = rate;
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
    if (chargedOn[index] === -1) return null;
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
  for (const [index, quantity] of quantities.entries()) {
    const target = band.chargedOn[index] as number;
    if (quantity === 0) continue;
    if (target === -1) return null;
    charged[target] = (charged[target] as number) + quantity;
  }
  const charges: MeterCharge[] = [];
  for (const [index, quantity] of charged.entries()) {
    const price = band.prices[index];
    if (quantity === 0 || price === undefined) continue;
    charges.push({
      meter: meters[index] as Meter,
      quantity,
      unitPriceUsd: formatUnitPrice(price),
      costPicoUsd: costOf(price, quantity),
    });
  }
  return charges;
}
