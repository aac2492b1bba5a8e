/** The ways in besides `POST /v1/events`: OpenTelemetry and feedback. */

import { protocolsPack } from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { feedbackRoutes } from './http/feedback-routes.ts';
import { otlpRoutes } from './http/otlp-routes.ts';
import { FeedbackIngest } from './ingest/feedback/feedback-ingest.ts';
import { TraceIngest } from './ingest/otlp/trace-ingest.ts';
import type { Part, PartContext } from './part.ts';

/** Opens them. */
export function protocols({ config, clock, log, stores, intake }: PartContext): Part {
  const { journal, ledger, metrics } = stores;
  const families = defineMetrics(protocolsPack, { registry: metrics.registry });
  const bodyBytesMax = config.ingest.body_bytes_max;
  const { ingest, admission, limits } = intake;
  const traces = new TraceIngest({
    ingest,
    clock,
    limits,
    onSpans: (counts) => {
      for (const outcome of ['taken', 'passed', 'rejected'] as const)
        families.spans.inc({ outcome }, counts[outcome]);
    },
  });
  const feedback = new FeedbackIngest({
    journal,
    clock,
    limits,
    onReceipt: ({ accepted, duplicates }) => {
      families.feedback.inc({ outcome: 'accepted' }, accepted);
      families.feedback.inc({ outcome: 'duplicate' }, duplicates);
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
