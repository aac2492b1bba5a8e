/** The metrics client. */
export type { Exemplar, MetricFamily, MetricType, Sample } from './family.ts';
