/** What requests cost, by model, and what could be saved. */

import { byServer, pack } from './family.ts';

/** Requests without a price, which every other figure of cost leaves out. */
export const costPack = pack('cost', byServer, {
  unpriced: {
    name: 'cost_unpriced_requests_total',
    type: 'counter',
    help: 'Requests without a known price, which no cost includes.',
    labels: ['provider', 'model'],
  },
  unpricedTokens: {
    name: 'cost_unpriced_tokens_total',
    type: 'counter',
    help: 'Input and output tokens of requests without a known price.',
    labels: ['provider', 'model'],
  },
});

/** The cost of each model. */
export const costModels = pack('cost', byServer, {
  perModel: {
    name: 'cost_model_usd_total',
    type: 'counter',
    help: 'What requests cost, in US dollars, by model.',
    labels: ['provider', 'model'],
  },
  perRequest: {
    name: 'cost_per_request_usd',
    type: 'gauge',
    help: 'Mean cost of the priced requests of the last five minutes, in US dollars.',
    labels: ['provider', 'model'],
  },
  perMillionTokens: {
    name: 'cost_per_million_tokens_usd',
    type: 'gauge',
    help: 'Cost of the priced requests of the last five minutes for each million of their tokens, in US dollars.',
    labels: ['provider', 'model'],
  },
  efficiency: {
    name: 'cost_efficiency_score',
    type: 'gauge',
    help: 'Cost efficiency of the priced requests of the last five minutes: revenue divided by revenue and cost, 0 to 1.',
    labels: ['provider', 'model'],
  },
});

/** What Prometheus tells of the machines. */
export const costUtilization = pack('cost', byServer, {
  utilization: {
    name: 'cost_resource_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share in use of what self-hosted models run on, by backend and resource (gpu, cpu, memory).',
    labels: ['backend', 'resource'],
  },
});

/** What takes the history in the ledger to tell. */
export const costHistory = pack('cost', byServer, {
  recommendations: {
    name: 'cost_optimization_recommendations',
    type: 'gauge',
    help: 'Recommendations that stand and would lower cost, by kind.',
    labels: ['kind'],
  },
  savings: {
    name: 'cost_optimization_savings_usd',
    type: 'gauge',
    help: 'What the standing recommendations would save in a month, in US dollars, by kind.',
    labels: ['kind'],
  },
});

/** What the analyst finds in the ledger. */
export const costAnalysed = pack('cost', byServer, {
  anomalies: {
    name: 'cost_anomalies_total',
    type: 'counter',
    help: 'Times that the cost of a provider left its usual range.',
    labels: ['provider'],
  },
});

/** What the analyst expects from the ledger. */
export const costForecasts = pack('cost', byServer, {
  forecast: {
    name: 'cost_forecast_usd',
    type: 'gauge',
    help: 'Cost that is expected within the horizon, in US dollars.',
    labels: ['horizon'],
  },
});
