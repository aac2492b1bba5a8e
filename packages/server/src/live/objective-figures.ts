/** The families of objectives: how they are kept, what is left of their error budgets, and their violations. */

import { balancedSla, balancedSlo } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';

/** What the families show of an objective, or of one value of the dimension that it is per. */
export interface ShownObjective {
  readonly name: string;
  /** 0 to 100; `null` where nothing was counted. */
  readonly compliancePercent: number | null;
  readonly budgetRemainingRatio: number;
  readonly pairs: readonly {
    readonly name: string;
    readonly long: string;
    readonly short: string;
    readonly longRate: number;
    readonly shortRate: number;
    readonly burning: boolean;
  }[];
}

/** What a violation is about, as the families have it; the last has no family of its own. */
export type ViolationKind = 'response_time' | 'availability' | 'error_rate' | 'quality' | 'cost' | 'promql';

/** Objectives of one exposition. */
const SHOWN_MAX = 1000;

export class ObjectiveFigures {
  readonly #sla;
  readonly #slo;

  constructor(registry: Registry) {
    this.#sla = defineMetrics(balancedSla, { registry });
    this.#slo = defineMetrics(balancedSlo, { registry });
  }

  /** Shows objectives, and none that were shown before. */
  show(objectives: readonly ShownObjective[]): void {
    for (const family of [this.#sla.compliance, ...Object.values(this.#slo)]) family.reset();
    for (const { name, compliancePercent, budgetRemainingRatio, pairs } of objectives.slice(0, SHOWN_MAX)) {
      if (compliancePercent === null) continue;
      this.#sla.compliance.set({ sla: name }, compliancePercent);
      this.#slo.budget.set({ slo: name }, budgetRemainingRatio);
      for (const pair of pairs) {
        this.#slo.burnRate.set({ slo: name, window: pair.long }, pair.longRate);
        this.#slo.burnRate.set({ slo: name, window: pair.short }, pair.shortRate);
        this.#slo.burning.set({ slo: name, pair: pair.name }, pair.burning ? 1 : 0);
      }
    }
  }

  /** Counts a violation that has begun. */
  countViolation(kind: ViolationKind, severity: string, backend: string): void {
    this.#sla.violations.inc({ kind, severity });
    const family = {
      response_time: this.#sla.responseTime,
      availability: this.#sla.availability,
      error_rate: this.#sla.errorRate,
      quality: this.#sla.quality,
      cost: this.#sla.cost,
      promql: null,
    }[kind];
    family?.inc({ backend });
  }
}
