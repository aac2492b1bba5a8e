/** The settings that the gateway itself reads, by their names in the configuration service. */

import type { Agreement } from './balancer/agreements.ts';
import type { Prices } from './balancer/attempt-recorder.ts';
import type { Budgets } from './balancer/spending.ts';
import type { ConfigService } from './configuration/config-service.ts';

/** What they are until somebody changes them. */
export const defaultSettings: Readonly<Record<string, string>> = {
  'balancer.algorithm': 'least_latency',
  'price.input': '0.15',
  'price.output': '0.6',
  'revenue.per_answer': '0.01',
  'budget.provider_month': '50',
  'budget.backend_day': '5',
  'budget.backend_month': '40',
  'sla.response_time_ms': '100',
  'sla.quality': '0.5',
  'sla.cost_usd': '0.01',
  'sla.availability': '0.99',
  'sla.error_share': '0.05',
};

/** All settings of the gateway, each read anew when it is needed. */
export interface GatewaySettings extends Prices {
  readonly algorithm: () => string;
  readonly agreement: () => Agreement;
  readonly budgets: () => Budgets;
}

/** Reads the settings from the configuration service. */
export function settingsOf(config: ConfigService): GatewaySettings {
  const number = (name: string): number => config.number(name, Number(defaultSettings[name]));
  return {
    algorithm: () => config.text('balancer.algorithm', 'round_robin'),
    // A model with a price of its own has settings such as `price.qwen-plus.input`.
    price: (model) => ({
      inputUsd: config.number(`price.${model}.input`, number('price.input')),
      outputUsd: config.number(`price.${model}.output`, number('price.output')),
    }),
    revenuePerAnswerUsd: () => number('revenue.per_answer'),
    agreement: () => ({
      responseTimeMs: number('sla.response_time_ms'),
      quality: number('sla.quality'),
      costUsd: number('sla.cost_usd'),
      availability: number('sla.availability'),
      errorShare: number('sla.error_share'),
    }),
    budgets: () => ({
      providerMonthUsd: number('budget.provider_month'),
      backendDayUsd: number('budget.backend_day'),
      backendMonthUsd: number('budget.backend_month'),
    }),
  };
}
