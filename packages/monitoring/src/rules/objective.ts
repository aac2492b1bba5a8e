/**
 * A service level objective: which share of events has to be good over a period,
 * and the two queries that count all events and the bad ones.
 */

/** An objective. In the queries, `$window` stands for a range such as `5m`. */
export interface Objective {
  /** Lower case with hyphens; the value of the label `slo`. */
  readonly name: string;
  readonly description: string;
  /** The share of good events, e.g. 0.995. */
  readonly target: number;
  readonly periodDays: number;
  /** A query for the number of bad events a second over `$window`; of one series without labels. */
  readonly badQuery: string;
  /** The same for all events. */
  readonly totalQuery: string;
  /** With fewer events in an hour than this nothing is alerted: one failure would be half of two. */
  readonly eventsPerHourMin: number;
}

/** Objectives to begin with. */
export const defaultObjectives: readonly Objective[] = [
  {
    name: 'llm-availability',
    description: 'Attempts at requests to models that do not fail.',
    target: 0.97,
    periodDays: 30,
    badQuery: 'sum by () (rate(llm_errors_total[$window]))',
    totalQuery: 'sum by () (rate(llm_requests_total[$window]))',
    eventsPerHourMin: 50,
  },
  {
    name: 'llm-latency',
    description: 'Requests to models that take at most 30 seconds.',
    target: 0.95,
    periodDays: 30,
    // OpenMetrics writes a whole bound with its decimal place, the older text format without.
    badQuery:
      'sum by () (rate(llm_latency_seconds_count[$window])) - sum by () (rate(llm_latency_seconds_bucket{le=~"30([.]0)?"}[$window]))',
    totalQuery: 'sum by () (rate(llm_latency_seconds_count[$window]))',
    eventsPerHourMin: 50,
  },
  {
    name: 'balancer-availability',
    description: 'Requests through the load balancer that succeed.',
    target: 0.97,
    periodDays: 30,
    badQuery: 'sum by () (rate(load_balancer_requests_total{status!="success"}[$window]))',
    totalQuery: 'sum by () (rate(load_balancer_requests_total[$window]))',
    eventsPerHourMin: 50,
  },
];
