/**
 * Marks changes of model by itself, as deployments are marked, and compares what was before
 * each marker with what came after it.
 */

import { createHash } from 'node:crypto';
import type { SignalSource } from './alerts/signals.ts';
import { signalDescriptions } from './alerts/check-rules.ts';
import { comparisonsStatePart, MarkerComparisons } from './analysis/marker-comparisons.ts';
import { findModelChanges, type ModelChange } from './analysis/model-changes.ts';
import { marked } from './analysis/outlook-questions.ts';
import { findRegressions, type MeasureRegression, REGRESSION_MEASURES } from './analysis/regressions.ts';
import type { Deployment, DeploymentStore } from './deployments/deployment-store.ts';
import type { Part, PartContext } from './part.ts';
import { openSeries } from './open-series.ts';
import { repeatedly } from './repeatedly.ts';
import { openStateDatabase } from './state/state-database.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How often it is looked. */
const LOOK_MS = HOUR_MS / 4;
/** The same change found again, at about the same time, is the same. */
const SAME_MS = 2 * DAY_MS;
/** Whole hours after a marker with which it is compared: soon, and better. */
const COMPARED_HOURS = [6, 24] as const;
/** How long rules see what came of a marker, and markers that are compared at most. */
const SHOWN_MS = 2 * DAY_MS;
const MARKERS_MAX = 100;
const SETTLE_MS = 30_000;

/** What it needs of the deployments. */
export interface MarkerParts {
  readonly store: DeploymentStore;
  /** Keeps a marker and accounts for it; false if it is there already. */
  readonly add: (deployment: Deployment, actor: string) => Promise<boolean>;
}

/** Opens it. */
export function openModelChanges(context: PartContext, { store, add }: MarkerParts): Part {
  const { config, clock, log, audit, outgoing, stores } = context;
  if (!config.analysis.enabled) return {};
  const { ledger } = stores;
  const source = openSeries({ config, ledger, outgoing });
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [comparisonsStatePart] });
  const comparisons = new MarkerComparisons(state);
  const list = (fromMs: number, toMs: number): Deployment[] =>
    store.list({ fromMs, toMs, service: null, environment: null, limit: MARKERS_MAX });
  const mark = async (nowMs: number): Promise<void> => {
    for (const change of await findModelChanges(source, nowMs)) {
      const near = list(change.atMs - SAME_MS, change.atMs + SAME_MS);
      if (near.some((known) => isOf(known, change))) continue;
      const deployment = markerOf(change, nowMs);
      if (await add(deployment, 'server'))
        log.info({ ...deployment.annotations, marker: deployment.id }, 'traffic has moved to another model');
    }
  };
  const compare = async (nowMs: number): Promise<void> => {
    for (const marker of list(nowMs - SHOWN_MS, nowMs)) {
      const passed = Math.floor((nowMs - marker.atMs) / HOUR_MS);
      const hours = COMPARED_HOURS.findLast((wanted) => passed > wanted) ?? 0;
      if (hours <= comparisons.hoursOf(marker.id)) continue;
      const { where, mix } = marked(marker);
      const question = { atMs: marker.atMs, hours, measures: REGRESSION_MEASURES, where, mix, nowMs };
      const measures = await findRegressions(source, question);
      comparisons.put({ marker: marker.id, atMs: marker.atMs, hours, measures });
      const worse = measures.filter(({ verdict }) => verdict === 'worse');
      if (worse.length === 0) continue;
      const { service, version } = marker;
      const details = { service, version, hours, worse: worse.map(shown) };
      log.warn({ marker: marker.id, ...details }, 'it is worse since then');
      await audit.append({ actor: 'server', action: 'regression.found', target: marker.id, details });
    }
  };
  const looking = repeatedly(clock, async () => {
    try {
      if (!(await ledger.settle(SETTLE_MS))) return LOOK_MS;
      const nowMs = clock.nowMs();
      await mark(nowMs);
      await compare(nowMs);
    } catch (error) {
      log.warn({ problem: String(error) }, 'changes of model could not be looked for');
    }
    return LOOK_MS;
  });
  return {
    signals: [
      regressionSignals(
        comparisons,
        (id) => store.get(id),
        () => clock.nowMs(),
      ),
    ],
    ready: async () => looking.start(),
    stop: () => looking.stop(),
    close: async () => {
      await looking.close();
      state.close();
    },
  };
}

/** `regression_percent`: what is worse since a marker of the last days. */
function regressionSignals(
  comparisons: MarkerComparisons,
  markerOf: (id: string) => Deployment | null,
  nowMs: () => number,
): SignalSource {
  return {
    name: 'regression_percent',
    description: signalDescriptions['regression_percent'] ?? '',
    read: () =>
      comparisons.since(nowMs() - SHOWN_MS).flatMap(({ marker, measures }) => {
        const { service = '', version = '' } = markerOf(marker) ?? {};
        return measures
          .filter(({ verdict }) => verdict === 'worse')
          .map((one) => ({
            labels: { marker, service, version, measure: one.measure },
            value: Math.abs(shown(one).percent ?? 100),
          }));
      }),
  };
}

function shown({ measure, comparison }: MeasureRegression) {
  const percent = comparison?.change ?? null;
  return { measure, percent: percent === null ? null : Number((100 * percent).toPrecision(3)) };
}

function isOf({ annotations }: Deployment, { application, taskType, from, to }: ModelChange): boolean {
  const wanted = { kind: 'model_change', application, task_type: taskType, from, to };
  return Object.entries(wanted).every(([name, value]) => annotations[name] === value);
}

function markerOf({ application, taskType, from, to, ...change }: ModelChange, nowMs: number): Deployment {
  const id = createHash('sha256')
    .update(JSON.stringify([application, taskType, from, to, change.atMs]))
    .digest('hex')
    .slice(0, 16);
  const share = (value: number): string => value.toFixed(3);
  return {
    id: `model-${id}`,
    service: application || taskType || 'all requests',
    version: to,
    environment: '',
    atMs: change.atMs,
    annotations: {
      kind: 'model_change',
      application,
      task_type: taskType,
      from,
      to,
      share_before: share(change.shareBefore),
      share_after: share(change.shareAfter),
    },
    receivedMs: nowMs,
  };
}
