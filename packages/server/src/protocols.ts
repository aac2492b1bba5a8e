/** The ways in besides `POST /v1/events`: OpenTelemetry and feedback. */

import { feedbackRoutes } from './http/feedback-routes.ts';
import { otlpRoutes } from './http/otlp-routes.ts';
import { FeedbackIngest } from './ingest/feedback/feedback-ingest.ts';
import { TraceIngest } from './ingest/otlp/trace-ingest.ts';
import type { Part, PartContext } from './part.ts';

/** Opens them. */
export function protocols({ config, clock, log, stores, ingest, admission }: PartContext): Part {
  const { journal, ledger, metrics } = stores;
  const bodyBytesMax = config.ingest.body_bytes_max;
  const limits = ingest.limits;
  const traces = new TraceIngest({
    ingest,
    clock,
    limits,
    onSpans: (counts) => {
      for (const outcome of ['taken', 'passed', 'rejected'] as const)
        metrics.protocols.spans.inc({ outcome }, counts[outcome]);
    },
  });
  const feedback = new FeedbackIngest({
    journal,
    clock,
    limits,
    onReceipt: ({ accepted, duplicates }) => {
      metrics.protocols.feedback.inc({ outcome: 'accepted' }, accepted);
      metrics.protocols.feedback.inc({ outcome: 'duplicate' }, duplicates);
      ledger.notify();
    },
  });
  return {
    routes: [
      otlpRoutes({
        traces,
        admission,
        bodyBytesMax,
        onRefused: (code) => metrics.countRefused(code),
        onFault: (error) => log.error({ problem: String(error) }, 'an OpenTelemetry request failed'),
      }),
      feedbackRoutes({ feedback, admission, bodyBytesMax, ledger }),
    ],
  };
}
