/** Pricing: what a request costs, and why. */
export type { Finding } from './card-checks.ts';
export { checkCards } from './card-checks.ts';
export { CARD_FILE_LENGTH_MAX, parseRateCard } from './card-file.ts';
export type { CardCommitment, CardDiscount, CardEntry, CardPrices, RateCard } from './card-schema.ts';
export { rateCardSchema } from './card-schema.ts';
export {
  type Charge,
  type ChargeBreakdown,
  type MeterCharge,
  type PricedUsage,
  type PriceSource,
  usageColumns,
} from './charge.ts';
export type { FixedFee } from './commitments.ts';
export { fixedFees } from './commitments.ts';
export type { Meter, UsageDetail } from './meters.ts';
export type { Pricer, PricerOptions } from './pricer.ts';
export { createPricer, RESOLVED_KINDS_MAX } from './pricer.ts';
export { SNAPSHOT } from './snapshot.ts';
