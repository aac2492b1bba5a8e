/** The section of the configuration about the watch over the ledger. */

import { duration, flag, integer, number, section, seriesDefinitionList, text } from './leaf.ts';

/** The watch over the ledger's series. */
export const analysis = section(
  'The watch over the series of the ledger; see [anomalies](../concepts/anomalies.md).',
  {
    enabled: flag(true, { description: 'Learn what is usual, and tell what is not.' }),
    threshold: number(0.8, {
      minimum: 0.3,
      maximum: 0.99,
      live: true,
      description: 'The score from which something is an anomaly.',
    }),
    measures: text(
      'requests,error_ratio,latency_p50_ms,latency_p95_ms,ttft_p95_ms,cost_usd,total_tokens,quality_score',
      { description: 'What is watched, separated by commas; requests always are.' },
    ),
    dimensions: text('provider,model,team,application,backend_id', {
      description: 'What the series are told apart by, one at a time, separated by commas.',
    }),
    series_max: integer(240, {
      minimum: 1,
      maximum: 5000,
      unit: 'series',
      description:
        'The most series that are watched: of all requests, and of the values with the most requests.',
    }),
    series: seriesDefinitionList({
      description:
        'Series from elsewhere that are watched too and that rules and questions know as `series:ID`: PromQL, or samples; see [series](../concepts/series.md).',
    }),
    settle_seconds: duration(120, 'seconds', {
      minimum: 0,
      maximum: 3600,
      description: 'How long after its end a minute is judged, so that requests that take long are in it.',
    }),
    history_days: duration(28, 'days', {
      minimum: 1,
      maximum: 90,
      description: 'How much history is learnt from where nothing was learnt before.',
    }),
  },
);
