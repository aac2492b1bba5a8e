/**
 * Ready-made rules: performance that degrades, agreements that are broken, cost,
 * circuit breakers, pools and health. The presets differ in their thresholds and in
 * how long something must be wrong.
 */

import { type AlertRuleDefinition, readAlertRules } from '../config/index.ts';

/** The sets there are. */
export type AlertPreset = 'none' | 'development' | 'production' | 'enterprise';

interface Thresholds {
  readonly errorRatio: number;
  readonly criticalErrorRatio: number;
  readonly latencyMs: number;
  readonly availability: number;
  /** Requests of an hour from which its availability is judged: with fewer, a few failures of an ordinary hour exceed it. */
  readonly availabilityMinRequests: number;
  readonly budgetPercent: number;
  readonly queueMs: number;
  /** How long something must be wrong. */
  readonly patience: string;
  readonly minRequests: number;
}

const thresholds: Readonly<Record<Exclude<AlertPreset, 'none'>, Thresholds>> = {
  development: {
    errorRatio: 0.25,
    criticalErrorRatio: 0.5,
    latencyMs: 60_000,
    availability: 0.9,
    availabilityMinRequests: 100,
    budgetPercent: 90,
    queueMs: 30_000,
    patience: '10m',
    minRequests: 50,
  },
  production: {
    errorRatio: 0.05,
    criticalErrorRatio: 0.25,
    latencyMs: 30_000,
    availability: 0.98,
    availabilityMinRequests: 500,
    budgetPercent: 80,
    queueMs: 5000,
    patience: '5m',
    minRequests: 20,
  },
  enterprise: {
    errorRatio: 0.02,
    criticalErrorRatio: 0.1,
    latencyMs: 20_000,
    availability: 0.995,
    availabilityMinRequests: 2000,
    budgetPercent: 75,
    queueMs: 2000,
    patience: '2m',
    minRequests: 20,
  },
};

/** The rules of a preset. */
export function presetRules(preset: AlertPreset): readonly AlertRuleDefinition[] {
  if (preset === 'none') return [];
  const declared = declaredRules(thresholds[preset]);
  const rules = readAlertRules(declared);
  if (typeof rules === 'string') throw new Error(`The rules of the preset ${preset}: ${rules}`);
  return rules;
}

function declaredRules(at: Thresholds): readonly object[] {
  return [
    ...performanceRules(at),
    ...agreementRules(at),
    ...objectiveRules(),
    ...costRules(at),
    ...backendRules(at),
    ...healthRules(),
    ...aheadRules(),
  ];
}

function performanceRules(at: Thresholds): readonly object[] {
  const errors = { measure: 'error_ratio', by: ['provider'], window: '5m', min_requests: at.minRequests };
  return [
    {
      ...errors,
      id: 'high-error-ratio',
      name: 'HighErrorRatio',
      above: at.errorRatio,
      resolve_at: at.errorRatio * 0.6,
      for: at.patience,
      keep_firing_for: '2m',
      severity: 'high',
      summary: '{{ labels.provider }} fails {{ value | percent }} of requests',
      description:
        'Over five minutes {{ value | percent }} of the requests to {{ labels.provider }} failed; {{ threshold | percent }} are tolerated.',
    },
    {
      ...errors,
      id: 'critical-error-ratio',
      name: 'CriticalErrorRatio',
      above: at.criticalErrorRatio,
      resolve_at: at.criticalErrorRatio * 0.6,
      for: '1m',
      keep_firing_for: '2m',
      severity: 'critical',
      summary: '{{ labels.provider }} fails {{ value | percent }} of requests',
      description:
        'Most users of {{ labels.provider }} are affected: {{ value | percent }} of requests failed in five minutes.',
    },
    {
      id: 'slow-responses',
      name: 'SlowResponses',
      measure: 'latency_p95_ms',
      by: ['provider', 'model'],
      window: '10m',
      min_requests: at.minRequests,
      above: at.latencyMs,
      resolve_at: at.latencyMs * 0.8,
      for: at.patience,
      severity: 'medium',
      summary: '{{ labels.model }} of {{ labels.provider }} is slow: p95 {{ value | duration }}',
      description:
        'One request in twenty to {{ labels.model }} takes longer than {{ value | duration }}; {{ threshold | duration }} are tolerated.',
    },
  ];
}

function agreementRules(at: Thresholds): readonly object[] {
  return [
    {
      id: 'availability-below-agreement',
      name: 'AvailabilityBelowAgreement',
      measure: 'error_ratio',
      window: '1h',
      min_requests: at.availabilityMinRequests,
      above: Number((1 - at.availability).toFixed(6)),
      for: at.patience,
      severity: 'high',
      summary: 'Over an hour {{ value | percent }} of requests failed',
      description: 'The agreement permits {{ threshold | percent }}.',
    },
  ];
}

/** Every objective alerts when its error budget burns, or is spent. The low-traffic guard is the objective's own. */
function objectiveRules(): readonly object[] {
  const pairs = [
    ['page-1h', 'critical', 'an hour'],
    ['page-6h', 'high', 'six hours'],
    ['ticket-1d', 'medium', 'a day'],
    ['ticket-3d', 'low', 'three days'],
  ] as const;
  return [
    ...pairs.map(([pair, severity, length]) => ({
      id: `objective-${pair}`,
      name: 'ErrorBudgetBurns',
      signal: 'objective_violated',
      matchers: `condition="${pair}"`,
      above: 0,
      missing: 'keep',
      severity,
      summary: 'The error budget of {{ labels.objective }} burns too fast',
      description: `Over ${length}, and still, more is bad than {{ labels.objective }} can bear. bellwether objectives show has the figures.`,
    })),
    {
      id: 'objective-missed',
      name: 'ErrorBudgetSpent',
      signal: 'objective_violated',
      matchers: 'condition="budget-exhausted"',
      above: 0,
      missing: 'keep',
      severity: 'high',
      summary: 'The objective {{ labels.objective }} is missed',
      description:
        'Its error budget is spent in the window under way. bellwether objectives show has the figures.',
    },
  ];
}

function costRules(at: Thresholds): readonly object[] {
  return [
    {
      id: 'budget-nearly-spent',
      name: 'BudgetNearlySpent',
      signal: 'budget_used_percent',
      above: at.budgetPercent,
      severity: 'medium',
      missing: 'keep',
      summary: 'The budget {{ labels.budget }} is used by {{ value }} %',
      description: 'More than {{ threshold }} % of the budget {{ labels.budget }} is spent.',
    },
    {
      id: 'budget-exceeded',
      name: 'BudgetExceeded',
      signal: 'budget_used_percent',
      above: 99.999,
      severity: 'high',
      missing: 'keep',
      summary: 'The budget {{ labels.budget }} is spent',
      description: '{{ value }} % of the budget {{ labels.budget }} is spent.',
    },
  ];
}

function backendRules(at: Thresholds): readonly object[] {
  const counted = {
    measure: 'requests',
    by: ['backend_id'],
    window: '2m',
    step: '1m',
    reduce: 'sum',
    above: 0,
  };
  return [
    {
      ...counted,
      id: 'circuit-breaker-open',
      name: 'CircuitBreakerOpen',
      where: { error_type: ['circuit_open', 'circuit_breaker_open', 'circuit_breaker'] },
      keep_firing_for: '1m',
      severity: 'high',
      summary: 'The circuit breaker of {{ labels.backend_id }} is open',
      description: '{{ value }} requests were kept from {{ labels.backend_id }} within two minutes.',
    },
    {
      ...counted,
      id: 'pool-exhausted',
      name: 'PoolExhausted',
      where: { error_type: ['pool_exhausted', 'connection_pool_exhausted', 'no_backend_available'] },
      keep_firing_for: '1m',
      severity: 'high',
      summary: 'The pool of {{ labels.backend_id }} is exhausted',
      description:
        '{{ value }} requests found no free connection of {{ labels.backend_id }} within two minutes.',
    },
    {
      id: 'long-queue',
      name: 'LongQueue',
      measure: 'queue_p95_ms',
      by: ['backend_id'],
      window: '5m',
      min_requests: at.minRequests,
      above: at.queueMs,
      resolve_at: at.queueMs * 0.6,
      for: at.patience,
      severity: 'medium',
      summary: 'Requests wait {{ value | duration }} for {{ labels.backend_id }}',
      description:
        'One request in twenty waits longer than that for the pool; {{ threshold | duration }} are tolerated.',
    },
  ];
}

function healthRules(): readonly object[] {
  return [
    {
      id: 'unhealthy',
      name: 'Unhealthy',
      signal: 'health_status',
      above: 1,
      for: '1m',
      severity: 'critical',
      summary: 'The check {{ labels.check }} of the monitoring says unhealthy',
      description: 'GET /health has the reason.',
    },
    {
      id: 'degraded',
      name: 'Degraded',
      signal: 'health_status',
      above: 0,
      for: '5m',
      severity: 'low',
      summary: 'The check {{ labels.check }} of the monitoring says degraded',
      description: 'GET /health has the reason.',
    },
  ];
}

/** What is not wrong yet, or not plainly: forecasts and anomalies. */
function aheadRules(): readonly object[] {
  return [
    {
      id: 'budget-will-be-exceeded',
      name: 'BudgetWillBeExceeded',
      forecast: 'budget_end_percent',
      bound: 'lower80',
      above: 100,
      resolve_at: 98,
      for: '30m',
      severity: 'medium',
      summary: 'The budget {{ labels.budget }} will not last to the end of its period',
      description:
        'Even the lower edge of what 80 % of forecasts would come to is {{ value }} % of the budget {{ labels.budget }}.',
    },
    {
      id: 'disk-fills',
      name: 'DiskFills',
      forecast: 'disk_full_days',
      bound: 'upper80',
      below: 14,
      resolve_at: 16,
      for: '1h',
      missing: 'keep',
      severity: 'medium',
      summary: 'The disk of the ledger may be full in {{ value }} days',
      description:
        'The ledger has taken the room that its disk has left in {{ value }} days, if it grows as it may.',
    },
    {
      id: 'disk-fills-soon',
      name: 'DiskFillsSoon',
      forecast: 'disk_full_days',
      bound: 'expected',
      below: 3,
      resolve_at: 4,
      missing: 'keep',
      severity: 'high',
      summary: 'The disk of the ledger will be full in {{ value }} days',
      description:
        'At the growth that is expected the ledger has taken the room that its disk has left in {{ value }} days.',
    },
    {
      id: 'cost-anomaly',
      name: 'CostAnomaly',
      signal: 'anomaly_score',
      matchers: 'measure="cost_usd"',
      above: 0.85,
      resolve_at: 0.8,
      severity: 'medium',
      summary: 'The cost is unusual',
      description: 'bellwether anomalies --open says of what, and what explains it.',
    },
    {
      id: 'target-down',
      name: 'TargetDown',
      signal: 'target_up',
      below: 1,
      for: '2m',
      severity: 'medium',
      summary: '{{ labels.instance }} of {{ labels.job }} does not answer',
      description: 'The scrapes of this target have failed for two minutes.',
    },
  ];
}
