/** Pricing: what a request costs, and why. */
export type { Charge, ChargeBreakdown, MeterCharge, PricedUsage, PriceSource } from './charge.ts';
export type { Pricer } from './pricer.ts';
export { createPricer, RESOLVED_KINDS_MAX } from './pricer.ts';
