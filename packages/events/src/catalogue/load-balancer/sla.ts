/** What was promised to those who send requests, and how it is kept. */

import { byBoth, pack } from '../family.ts';

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
