/** What has been spent of the budgets of this month and this day. */

import type { LlmRecorder, LoadBalancerRecorder } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

/** Dollars for each provider and for each backend. */
export interface Budgets {
  readonly providerMonthUsd: number;
  readonly backendDayUsd: number;
  readonly backendMonthUsd: number;
}

/** Adds up what requests cost. */
export class Spending {
  readonly #metrics: { readonly llm: LlmRecorder; readonly loadBalancer: LoadBalancerRecorder };
  readonly #budgets: () => Budgets;
  readonly #clock: Clock;
  #month = '';
  #day = '';
  readonly #byProvider = new Map<string, number>();
  readonly #byBackendDay = new Map<string, number>();
  readonly #byBackendMonth = new Map<string, number>();

  constructor(
    metrics: { readonly llm: LlmRecorder; readonly loadBalancer: LoadBalancerRecorder },
    budgets: () => Budgets,
    clock: Clock,
  ) {
    this.#metrics = metrics;
    this.#budgets = budgets;
    this.#clock = clock;
  }

  /** Whether a provider's month is used up. */
  exhausted(provider: string): boolean {
    this.#turn();
    return (this.#byProvider.get(provider) ?? 0) >= this.#budgets().providerMonthUsd;
  }

  /** Adds what a request cost. */
  add(provider: string, backend: string, costUsd: number): void {
    this.#turn();
    const budgets = this.#budgets();
    const spentUsd = increase(this.#byProvider, provider, costUsd);
    this.#metrics.llm.updateBudget(provider, { spentUsd, budgetUsd: budgets.providerMonthUsd });
    this.#metrics.loadBalancer.setBudgetUsage(backend, {
      dailyPercent: (100 * increase(this.#byBackendDay, backend, costUsd)) / budgets.backendDayUsd,
      monthlyPercent: (100 * increase(this.#byBackendMonth, backend, costUsd)) / budgets.backendMonthUsd,
    });
  }

  /** Begins a new day or month, in UTC. */
  #turn(): void {
    const day = new Date(this.#clock.nowMs()).toISOString().slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#byBackendDay.clear();
    if (day.startsWith(this.#month) && this.#month !== '') return;
    this.#month = day.slice(0, 7);
    this.#byProvider.clear();
    this.#byBackendMonth.clear();
  }
}

function increase(sums: Map<string, number>, key: string, amount: number): number {
  const sum = (sums.get(key) ?? 0) + amount;
  sums.set(key, sum);
  return sum;
}
