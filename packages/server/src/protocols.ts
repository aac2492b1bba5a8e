/** The ways in besides `POST /v1/events`: OpenTelemetry and feedback, and what comes of samples. */

import { protocolsPack } from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { feedbackRoutes } from './http/feedback-routes.ts';
import { otlpRoutes } from './http/otlp-routes.ts';
import { sampleRoutes } from './http/sample-routes.ts';
import { FeedbackIngest } from './ingest/feedback/feedback-ingest.ts';
import { MetricIngest } from './ingest/otlp/metric-ingest.ts';
import { TraceIngest } from './ingest/otlp/trace-ingest.ts';
import type { SamplePath } from './keep-samples.ts';
import { openCollectors } from './open-collectors.ts';
import { openPlugins } from './open-plugins.ts';
import { RelayedFamilies } from './live/relayed-families.ts';
import type { Part, PartContext } from './part.ts';
import { relayPoints } from './relay-points.ts';
import { ActiveSeries } from './samples/active-series.ts';

const DAY_MS = 86_400_000;

/** Opens them. */
export function protocols(context: PartContext): Part {
  const { config, clock, log, stores, intake } = context;
  const { journal, ledger, metrics } = stores;
  const families = defineMetrics(protocolsPack, { registry: metrics.registry });
  const bodyBytesMax = config.ingest.body_bytes_max;
  const { ingest, admission, limits, pseudonymise } = intake;
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
    pseudonymise,
    onReceipt: ({ accepted, duplicates }) => {
      families.feedback.inc({ outcome: 'accepted' }, accepted);
      families.feedback.inc({ outcome: 'duplicate' }, duplicates);
      ledger.notify();
    },
  });
  const relay = new RelayedFamilies((name) => metrics.registry.getSingleMetric(name) !== undefined);
  metrics.relay((names, numbers) => relay.families(clock.nowMs(), names, numbers));
  const series = new ActiveSeries(config.ingest.series_per_source_max);
  const samples = new MetricIngest({
    journal,
    clock,
    limits,
    series,
    ageMaxMs: config.metrics.retention_days * DAY_MS,
    onSamples: ({ stored, overflow, rejected }, points) => {
      const hidden = relayPoints(relay, points, clock.nowMs());
      const counts = { stored, overflow, rejected, hidden };
      for (const outcome of ['stored', 'overflow', 'rejected', 'hidden'] as const)
        families.samples.inc({ outcome }, counts[outcome]);
      ledger.notify();
    },
  });
  const path: SamplePath = {
    series,
    relay,
    count: (counts) => {
      for (const outcome of ['stored', 'overflow', 'rejected', 'hidden'] as const)
        families.samples.inc({ outcome }, counts[outcome]);
    },
  };
  const collectors = together(openCollectors(context, path), openPlugins(context, path));
  return {
    ...collectors,
    routes: [
      ...(collectors.routes ?? []),
      sampleRoutes(ledger, clock),
      otlpRoutes({
        traces,
        metrics: samples,
        admission,
        bodyBytesMax,
        onRefused: (code) => metrics.countRefused(code),
        onFault: (error) => log.error({ problem: String(error) }, 'an OpenTelemetry request failed'),
      }),
      feedbackRoutes({ feedback, admission, bodyBytesMax, ledger }),
    ],
  };
}

/** What is scraped and what plugins give, as one part. */
function together(collectors: Part, plugins: ReturnType<typeof openPlugins>): Part {
  return {
    ...collectors,
    start() {
      collectors.start?.();
      plugins.start();
    },
    stop() {
      collectors.stop?.();
      plugins.stop();
    },
    async close() {
      await Promise.all([collectors.close?.(), plugins.close()]);
    },
  };
}
