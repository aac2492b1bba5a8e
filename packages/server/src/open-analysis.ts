/** The analyst as a part of the server: its watch over the ledger, its answers, its figures. */

import type { JsonObject } from './audit/index.ts';
import { analysisMetrics } from './analysis/analysis-metrics.ts';
import { AnalysisStore, analysisStatePart } from './analysis/analysis-store.ts';
import { explainAnomaly } from './analysis/explain-anomaly.ts';
import { forecastMetrics, showForecasts } from './analysis/forecast-metrics.ts';
import { watchPlan } from './analysis/plan.ts';
import { Watcher } from './analysis/watcher.ts';
import { storedMarkers } from './deployments/stored-markers.ts';
import { analysisRoutes } from './http/analysis-routes.ts';
import { outlookRoutes } from './http/outlook-routes.ts';
import type { Part, PartContext } from './part.ts';
import { openSeries } from './open-series.ts';
import { repeatedly } from './repeatedly.ts';
import type { SeriesSource } from './series/series.ts';
import { openStateDatabase } from './state/state-database.ts';

const DAY_MS = 86_400_000;
/** How often cost and revenue are forecast for the metrics. */
const FORECAST_MS = 3_600_000;
/** How often it is looked whether there is history enough, as long as there is not. */
const NO_FORECAST_MS = 60_000;
/** Baselines of one entry of the audit log. */
const SHIFTS_MAX = 50;
/** How long a pass waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 30_000;

function openStore({ config, clock, stores }: PartContext): AnalysisStore {
  const { data_dir: dataDir } = config.storage;
  const key = stores.stateKey;
  return new AnalysisStore(openStateDatabase({ dataDir, clock, parts: [analysisStatePart], key }));
}

/** Opens the part. */
export function openAnalysis(context: PartContext): Part {
  const { config, clock, log, audit, stores } = context;
  const { analysis } = config;
  const plan = watchPlan(analysis.measures, analysis.dimensions, analysis.series_max);
  const store = openStore(context);
  const source = openSeries({ config, ledger: stores.ledger, outgoing: context.outgoing });
  const metrics = analysisMetrics(stores.metrics.registry);
  const account = (action: 'baseline.learnt' | 'baseline.moved', details: JsonObject): void => {
    audit.append({ actor: 'server', action, target: 'analysis', details }).catch((error: unknown) => {
      log.error({ problem: String(error) }, 'a change of baselines could not be recorded in the audit log');
    });
  };
  const watcher = new Watcher({
    source,
    plan,
    declared: analysis.series,
    store,
    clock,
    log,
    settle: () => stores.ledger.settle(SETTLE_MS),
    threshold: () => config.analysis.threshold,
    settleMs: analysis.settle_seconds * 1000,
    historyMs: analysis.history_days * DAY_MS,
    attribute: (anomaly) => explainAnomaly(source, anomaly),
    onChange: ({ change, anomaly }, isPast) => {
      if (change !== 'opened' || isPast) return;
      metrics.opened(anomaly);
      const { measure, labels, score, expected, actual } = anomaly;
      log.warn({ measure, labels, score, expected, actual }, 'an anomaly began');
    },
    onShifted: (shifts) => {
      const shown = shifts
        .slice(0, SHIFTS_MAX)
        .map(({ measure, labels, from, to }) => ({ measure, labels, from, to }));
      account('baseline.moved', { series: shifts.length, shifts: shown });
    },
    onLearnt: (details) => account('baseline.learnt', details),
  });
  const forecasts = forecastNowAndThen(context, source);
  return {
    routes: [
      analysisRoutes(
        { store, watcher, clock, source, ledger: stores.ledger },
        () => config.analysis.threshold,
      ),
      outlookRoutes({
        source,
        markers: storedMarkers(context.config.storage.data_dir, clock),
        clock,
        ledger: stores.ledger,
      }),
    ],
    ready: async () => {
      if (!analysis.enabled) return;
      watcher.start();
      forecasts.start();
    },
    stop: () => {
      watcher.stop();
      forecasts.stop();
    },
    close: async () => {
      await watcher.close();
      await forecasts.close();
      store.close();
    },
  };
}

/** Shows what cost and revenue will be. */
function forecastNowAndThen({ clock, log, stores }: PartContext, source: SeriesSource) {
  const metrics = forecastMetrics(stores.metrics.registry);
  return repeatedly(clock, async () => {
    try {
      return (await showForecasts(source, metrics, clock.nowMs())) ? FORECAST_MS : NO_FORECAST_MS;
    } catch (error) {
      log.warn({ problem: String(error) }, 'cost and revenue could not be forecast');
      return FORECAST_MS;
    }
  });
}
