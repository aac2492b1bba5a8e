/** What balanced requests cost and how good their answers are. */

import { byBoth, pack } from '../family.ts';

/** Cost, by backend. */
export const balancedCost = pack('load_balancer', byBoth, {
  total: {
    name: 'load_balancer_total_cost_usd',
    type: 'gauge',
    help: 'What the requests of the backend have cost since the start, in US dollars. It grows only; a gauge, since its name has the total in another place than that of a counter.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  perRequest: {
    name: 'load_balancer_cost_per_request_usd',
    type: 'gauge',
    help: 'Mean cost of the priced requests of the last five minutes, in US dollars.',
    labels: ['backend'],
  },
  efficiency: {
    name: 'load_balancer_cost_efficiency_score',
    type: 'gauge',
    help: 'Cost efficiency of the priced requests of the last five minutes: revenue divided by revenue and cost, 0 to 1.',
    labels: ['backend'],
  },
});

/** Budgets, by backend. */
export const balancedBudgets = pack('load_balancer', byBoth, {
  daily: {
    name: 'load_balancer_daily_budget_usage_percent',
    type: 'gauge',
    help: 'Share of the budget of the day that is spent, in percent; above 100 once it is overspent.',
    labels: ['backend'],
    aggregator: 'last',
  },
  monthly: {
    name: 'load_balancer_monthly_budget_usage_percent',
    type: 'gauge',
    help: 'Share of the budget of the calendar month that is spent, in percent; above 100 once it is overspent.',
    labels: ['backend'],
    aggregator: 'last',
  },
});

const meanOf = (score: string): string =>
  `Mean ${score} score of the requests of the last five minutes that have one, 0 to 1.`;

/** Scores of the answers, by backend. */
export const balancedQuality = pack('load_balancer', byBoth, {
  quality: {
    name: 'load_balancer_quality_score',
    type: 'gauge',
    help: meanOf('quality'),
    labels: ['backend'],
  },
  accuracy: {
    name: 'load_balancer_accuracy_score',
    type: 'gauge',
    help: meanOf('accuracy'),
    labels: ['backend'],
  },
  relevance: {
    name: 'load_balancer_relevance_score',
    type: 'gauge',
    help: meanOf('relevance'),
    labels: ['backend'],
  },
  completeness: {
    name: 'load_balancer_completeness_score',
    type: 'gauge',
    help: meanOf('completeness'),
    labels: ['backend'],
  },
  satisfaction: {
    name: 'load_balancer_user_satisfaction_score',
    type: 'gauge',
    help: meanOf('satisfaction'),
    labels: ['backend'],
  },
});

/** What the balancing itself achieves. */
export const balancedAlgorithms = pack('load_balancer', byBoth, {
  selections: {
    name: 'load_balancer_algorithm_selection_total',
    type: 'counter',
    help: 'Times that an algorithm chose a backend for a request that has finished.',
    labels: ['algorithm', 'backend'],
  },
  effectiveness: {
    name: 'load_balancer_algorithm_effectiveness_score',
    type: 'gauge',
    help: 'Share of the requests of the last five minutes that succeeded, times their mean quality score where they have one, 0 to 1.',
    labels: ['algorithm'],
  },
  distribution: {
    name: 'load_balancer_load_distribution_score',
    type: 'gauge',
    help: 'How evenly the requests of the last five minutes fell on the known backends, as the index of Jain: 1 if each took as many, 1/n if one of n took them all.',
    labels: [],
  },
});

/** The cache of answers in front of the backends. */
export const balancedCache = pack('load_balancer', byBoth, {
  requests: {
    name: 'load_balancer_cache_requests_total',
    type: 'counter',
    help: 'Requests that could have been answered from the cache, by result: hit or miss.',
    labels: ['result'],
  },
  hitRate: {
    name: 'load_balancer_cache_hit_rate_percent',
    type: 'gauge',
    help: 'Share of those requests of the last five minutes that were hits, 0 to 100; absent without requests.',
    labels: [],
  },
  gain: {
    name: 'load_balancer_cache_performance_gain_percent',
    type: 'gauge',
    help: 'How much shorter the mean response time of hits is than that of misses, in percent, over the last five minutes.',
    labels: [],
  },
});
