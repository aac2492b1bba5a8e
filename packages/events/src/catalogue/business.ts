/** What requests are worth to the business. */

import { byServer, pack } from './family.ts';

/** Requests, revenue and cost, by who is charged. */
export const businessPack = pack('business', byServer, {
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
  revenuePerRequest: {
    name: 'business_revenue_per_request_usd',
    type: 'gauge',
    help: 'Mean revenue of a request since the start, in US dollars.',
    labels: [],
  },
  costPerRequest: {
    name: 'business_cost_per_request_usd',
    type: 'gauge',
    help: 'Mean cost of a request since the start, in US dollars.',
    labels: [],
  },
  satisfaction: {
    name: 'business_satisfaction_score',
    type: 'gauge',
    help: 'Mean satisfaction score since the start of the requests that have one, 0 to 1.',
    labels: [],
  },
  composite: {
    name: 'business_composite_score',
    type: 'gauge',
    help: 'Weighted mean of satisfaction, performance (share of successful requests) and cost efficiency (revenue divided by revenue and cost), 0 to 1.',
    labels: [],
  },
});

/** Return on investment, which has a switch of its own. */
export const businessRoi = pack('business', byServer, {
  roi: {
    name: 'business_roi_ratio',
    type: 'gauge',
    help: 'Return on investment since the start: revenue less cost, divided by cost.',
    labels: [],
  },
});

/** What takes the history in the ledger to tell. */
export const businessHistory = pack('business', byServer, {
  roi: {
    name: 'business_roi_window_ratio',
    type: 'gauge',
    help: 'Return on investment over a window of the history, e.g. 24h, 7d or 30d.',
    labels: ['window'],
  },
  adoption: {
    name: 'business_user_adoption_ratio',
    type: 'gauge',
    help: 'Share of the users of the last 30 days that were active on the last day, by application.',
    labels: ['application'],
  },
});

/** What the analyst expects from the ledger. */
export const revenueForecasts = pack('business', byServer, {
  revenueForecast: {
    name: 'business_revenue_forecast_usd',
    type: 'gauge',
    help: 'Revenue that is expected within the horizon, in US dollars.',
    labels: ['horizon'],
  },
});
