/** What requests are worth and what they cost, for those who pay for them. */

import { pack } from './family.ts';

export const businessPack = pack('business', {
  requests: {
    name: 'business_requests_total',
    type: 'counter',
    help: 'Requests by application and team.',
    labels: ['application', 'team'],
  },
  revenue: {
    name: 'business_revenue_usd_total',
    type: 'counter',
    help: 'What requests were worth, in US dollars: their own revenue, or the configured revenue per request.',
    labels: ['application', 'team'],
  },
  cost: {
    name: 'business_cost_usd_total',
    type: 'counter',
    help: 'What requests cost, in US dollars: their charge, or the configured cost per request where the price is unknown.',
    labels: ['application', 'team'],
  },
  roi: {
    name: 'business_roi_ratio',
    type: 'gauge',
    help: 'Return on investment since the start: revenue less cost, divided by cost.',
    labels: [],
  },
  satisfaction: {
    name: 'business_satisfaction_score',
    type: 'gauge',
    help: 'Mean satisfaction score of the requests that have one, 0 to 1.',
    labels: [],
  },
  composite: {
    name: 'business_composite_score',
    type: 'gauge',
    help: 'Weighted mean of satisfaction, performance (share of successful requests) and cost efficiency (revenue divided by revenue and cost), 0 to 1.',
    labels: [],
  },
});

export const costPack = pack('cost', {
  perModel: {
    name: 'cost_model_usd_total',
    type: 'counter',
    help: 'What requests cost, in US dollars, by model.',
    labels: ['provider', 'model'],
  },
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
