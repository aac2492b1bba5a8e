/** What the configuration says requests are worth, and how the composite score is weighted. */

import { type PicoUsd, parseUsd } from '@bellwether/events';
import type { Config } from '../config/index.ts';

/** The settings of business figures. */
export interface BusinessSettings {
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoUsd;
  /** What a request without a known price is taken to cost, in business figures only. */
  readonly costPerRequest: PicoUsd;
  /** The parts of the composite score, which are divided by their sum. */
  readonly weights: {
    readonly satisfaction: number;
    readonly performance: number;
    readonly costEfficiency: number;
  };
}

/** Reads them. */
export function businessSettings({ business_intelligence: section }: Config): BusinessSettings {
  return {
    revenuePerRequest: parseUsd(section.revenue_per_request) ?? 0n,
    costPerRequest: parseUsd(section.cost_per_request) ?? 0n,
    weights: {
      satisfaction: section.user_satisfaction_weight,
      performance: section.performance_weight,
      costEfficiency: section.cost_efficiency_weight,
    },
  };
}
