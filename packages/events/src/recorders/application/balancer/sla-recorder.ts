/** Records what was promised to those who send requests, and how it is kept. */

import { defineMetrics } from '@bellwether/metrics';
import { balancedSla } from '../../../catalogue/load-balancer/sla.ts';
import { safely } from '../failures.ts';
import type { Recording } from '../recording.ts';

/** What an agreement is about. */
export type SlaKind = 'response_time' | 'availability' | 'error_rate' | 'quality' | 'cost';

/** How bad a violation is. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

const families: Readonly<
  Record<SlaKind, 'responseTime' | 'availability' | 'errorRate' | 'quality' | 'cost'>
> = {
  response_time: 'responseTime',
  availability: 'availability',
  error_rate: 'errorRate',
  quality: 'quality',
  cost: 'cost',
};

/** Records service level agreements. */
export class SlaRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(balancedSla, { registry }), failures.of('agreements'));
  }

  /** Tells what share of what was measured kept an agreement, 0 to 100. */
  setCompliance(sla: string, percent: number): void {
    this.#families.compliance.set({ sla }, percent);
  }

  /** Counts a violation. */
  recordViolation(kind: SlaKind, backend: string, severity: Severity): void {
    this.#families.violations.inc({ kind, severity });
    this.#families[families[kind]].inc({ backend });
  }
}
