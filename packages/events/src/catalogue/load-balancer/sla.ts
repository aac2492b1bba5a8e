/** What was promised to those who send requests, and how it is kept. */

import { byBoth, byServer, pack } from '../family.ts';

const violationsOf = (what: string): string => `Times that ${what}, by backend.`;

/** Service level agreements. */
export const balancedSla = pack('load_balancer', byBoth, {
  compliance: {
    name: 'load_balancer_sla_compliance_percent',
    type: 'gauge',
    help: 'Share of what was measured that kept the agreement, 0 to 100.',
    labels: ['sla'],
    aggregator: 'last',
  },
  violations: {
    name: 'load_balancer_sla_violations_total',
    type: 'counter',
    help: 'Violations of agreements, by kind and severity.',
    labels: ['kind', 'severity'],
  },
  responseTime: {
    name: 'load_balancer_sla_response_time_violations_total',
    type: 'counter',
    help: violationsOf('the agreed response time was exceeded'),
    labels: ['backend'],
  },
  availability: {
    name: 'load_balancer_sla_availability_violations_total',
    type: 'counter',
    help: violationsOf('the agreed availability was missed'),
    labels: ['backend'],
  },
  errorRate: {
    name: 'load_balancer_sla_error_rate_violations_total',
    type: 'counter',
    help: violationsOf('the agreed share of errors was exceeded'),
    labels: ['backend'],
  },
  quality: {
    name: 'load_balancer_sla_quality_violations_total',
    type: 'counter',
    help: violationsOf('the agreed quality was missed'),
    labels: ['backend'],
  },
  cost: {
    name: 'load_balancer_sla_cost_violations_total',
    type: 'counter',
    help: violationsOf('the agreed cost was exceeded'),
    labels: ['backend'],
  },
});

/** Error budgets, which take the history of events to tell. */
export const balancedSlo = pack('load_balancer', byServer, {
  budget: {
    name: 'load_balancer_slo_error_budget_remaining_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the error budget of an objective that is left in its window; below 0 it is overspent.',
    labels: ['slo'],
  },
  burnRate: {
    name: 'load_balancer_slo_burn_rate',
    type: 'gauge',
    help: 'How many times faster than its window allows the error budget of an objective is spent, over the last 5m to 3d.',
    labels: ['slo', 'window'],
  },
  burning: {
    name: 'load_balancer_slo_burning',
    type: 'gauge',
    help: 'Whether both windows of a pair burn faster than its factor, with enough traffic to tell: 1 if so, else 0.',
    labels: ['slo', 'pair'],
  },
});
