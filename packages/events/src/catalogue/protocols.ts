/** What came in besides events: spans, feedback and samples, and what became of them. */

import { byServer, pack } from './family.ts';

/** What the server tells of its other ways in. */
export const protocolsPack = pack('framework', byServer, {
  spans: {
    name: 'custom_metrics_otlp_spans_total',
    type: 'counter',
    help: 'OpenTelemetry spans by what became of them: taken as calls of models, passed over, or rejected.',
    labels: ['outcome'],
  },
  samples: {
    name: 'custom_metrics_samples_total',
    type: 'counter',
    help: 'Pushed metrics by what became of them: samples stored, points rejected, points of too many series (overflow), series not shown on /metrics (hidden).',
    labels: ['outcome'],
  },
  feedback: {
    name: 'custom_metrics_feedback_total',
    type: 'counter',
    help: 'Ratings of requests by what became of them: accepted or duplicate.',
    labels: ['outcome'],
  },
});
