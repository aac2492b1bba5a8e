/** What requests are worth to the business, and who sends them. */

import type { BoardDeclaration } from '../board.ts';

/** The dashboard. */
export const business: BoardDeclaration = {
  uid: 'bellwether-business',
  title: 'Bellwether: business and ROI',
  description:
    'Revenue, cost and profit by team and application; return on investment; users and their satisfaction.',
  source: 'server',
  variables: ['team'],
  sections: [
    {
      title: 'Since the start of the server',
      panels: [
        {
          kind: 'stat',
          title: 'Return on investment',
          description: 'Revenue less cost, divided by cost.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            [null, 'red'],
            [0, 'green'],
          ],
          queries: [{ expr: 'min(business_roi_ratio)', legend: 'ROI' }],
          alerts: ['NegativeROI'],
        },
        {
          kind: 'stat',
          title: 'Composite score',
          description: 'Weighted mean of satisfaction, performance and cost efficiency.',
          unit: 'percentunit',
          width: 6,
          queries: [{ expr: 'min(business_composite_score)', legend: 'score' }],
          alerts: ['CompositeScoreLow'],
        },
        {
          kind: 'stat',
          title: 'Revenue of a request',
          description: 'Mean.',
          unit: 'currencyUSD',
          width: 6,
          decimals: 5,
          queries: [{ expr: 'avg(business_revenue_per_request_usd)', legend: 'revenue' }],
        },
        {
          kind: 'stat',
          title: 'Cost of a request',
          description: 'Mean; a request without a known price counts with the configured cost.',
          unit: 'currencyUSD',
          width: 6,
          decimals: 5,
          queries: [{ expr: 'avg(business_cost_per_request_usd)', legend: 'cost' }],
        },
      ],
    },
    {
      title: 'Money',
      panels: [
        {
          kind: 'timeseries',
          title: 'Revenue and cost an hour',
          description: 'At the pace of the moment.',
          unit: 'currencyUSD',
          width: 12,
          queries: [
            { expr: 'sum(rate(business_revenue_usd_total[$__rate_interval])) * 3600', legend: 'revenue' },
            { expr: 'sum(rate(business_cost_usd_total[$__rate_interval])) * 3600', legend: 'cost' },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Profit an hour by team',
          description: 'Revenue less cost.',
          unit: 'currencyUSD',
          width: 12,
          queries: [
            {
              expr: '(sum by (team) (rate(business_revenue_usd_total[$__rate_interval])) - sum by (team) (rate(business_cost_usd_total[$__rate_interval]))) * 3600',
              legend: '{{team}}',
            },
          ],
        },
        {
          kind: 'table',
          title: 'Teams and applications',
          description: 'Of the time range.',
          unit: 'currencyUSD',
          width: 16,
          queries: [
            {
              expr: 'sum by (team, application) (increase(business_requests_total[$__range])) > 0',
              legend: 'Requests',
              decimals: 0,
              unit: 'short',
            },
            {
              expr: 'sum by (team, application) (increase(business_revenue_usd_total[$__range]))',
              legend: 'Revenue',
            },
            {
              expr: 'sum by (team, application) (increase(business_cost_usd_total[$__range]))',
              legend: 'Cost',
            },
          ],
        },
        {
          kind: 'piechart',
          title: 'Cost by team',
          description: 'Of the time range.',
          unit: 'currencyUSD',
          width: 8,
          height: 9,
          queries: [
            { expr: 'sum by (team) (increase(business_cost_usd_total[$__range])) > 0', legend: '{{team}}' },
          ],
        },
      ],
    },
    {
      title: 'Over the history',
      panels: [
        {
          kind: 'bargauge',
          title: 'Return on investment',
          description: 'Over windows of the history.',
          unit: 'percentunit',
          width: 8,
          queries: [{ expr: 'min by (window) (business_roi_window_ratio)', legend: '{{window}}' }],
          alerts: ['NegativeROI'],
        },
        {
          kind: 'bargauge',
          title: 'Adoption',
          description: 'The share of the users of thirty days that were active on the last day.',
          unit: 'percentunit',
          width: 8,
          max: 1,
          queries: [
            { expr: 'max by (application) (business_user_adoption_ratio)', legend: '{{application}}' },
          ],
        },
        {
          kind: 'bargauge',
          title: 'Expected revenue',
          description: 'Within the horizon.',
          unit: 'currencyUSD',
          width: 8,
          queries: [{ expr: 'max by (horizon) (business_revenue_forecast_usd)', legend: '{{horizon}}' }],
        },
      ],
    },
    {
      title: 'Users',
      panels: [
        {
          kind: 'timeseries',
          title: 'Active users',
          description: 'Distinct users that sent a request within the window.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [{ expr: 'max by (window) (users_active)', legend: '{{window}}' }],
          alerts: ['UserActivityDrop'],
        },
        {
          kind: 'bargauge',
          title: 'Users by application',
          description: 'Distinct, within 24 hours.',
          unit: 'short',
          width: 8,
          queries: [{ expr: 'max by (application) (users_application_active)', legend: '{{application}}' }],
        },
        {
          kind: 'timeseries',
          title: 'Satisfaction',
          description: 'Mean score of the last 24 hours, by application.',
          unit: 'percentunit',
          width: 8,
          max: 1,
          queries: [{ expr: 'min by (application) (users_satisfaction_score)', legend: '{{application}}' }],
          alerts: ['LowUserSatisfaction'],
        },
      ],
    },
  ],
};
