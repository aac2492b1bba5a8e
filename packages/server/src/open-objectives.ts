/** Objectives as a part of the server: judged again and again, with their routes and figures. */

import { BellwetherError } from '@bellwether/events';
import { signalDescriptions } from './alerts/check-rules.ts';
import type { Clock } from './clock.ts';
import type { Config, ObjectiveDefinition } from './config/index.ts';
import { objectiveRoutes } from './http/objective-routes.ts';
import type { Journal } from './journal/journal.ts';
import { changedHours } from './ledger/changed-hours.ts';
import type { Ledger } from './ledger/ledger.ts';
import { rewritesOf } from './ledger-rewrites.ts';
import type { ShownObjective, ViolationKind } from './live/objective-figures.ts';
import type { Log } from './log.ts';
import { allObjectives, ObjectiveFileError } from './objectives/formats/objective-file.ts';
import { isRated } from './objectives/indicator.ts';
import { compliancePercent } from './objectives/judge.ts';
import { isOfLedger, LedgerObjective, type LiveObjective, PromqlObjective } from './objectives/objective.ts';
import { type JudgedObjective, Objectives, type ObjectivesOptions } from './objectives/objectives.ts';
import { promqlCounts, type WindowReader } from './objectives/promql-counts.ts';
import { objectiveSignals } from './objectives/signals.ts';
import { keyOf } from './objectives/view.ts';
import { objectivesStatePart, type Violation, ViolationStore } from './objectives/violation-store.ts';
import type { Outgoing } from './outgoing/index.ts';
import type { Part, PartContext } from './part.ts';
import { PrometheusQueries } from './series/prometheus.ts';
import { openStateDatabase } from './state/state-database.ts';

/** Opens the part. */
export function openObjectives(context: PartContext): Part {
  const { config, clock, stores, audit, log } = context;
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [objectivesStatePart] });
  const store = new ViolationStore(state);
  try {
    const made = makeObjectives(
      { ...context, ledger: stores.ledger, journal: stores.journal },
      {
        store,
        onViolation: (violation, { definition }) => {
          stores.metrics.objectives.countViolation(
            violationKinds[violation.kind],
            violation.severity,
            backendOf(violation, definition),
          );
          const { objective, key, condition, severity, worstRate } = violation;
          log.warn({ objective, key, condition, severity, burnRate: worstRate }, 'an objective is violated');
        },
        onJudged: (judged) => stores.metrics.objectives.show(judged.flatMap(shown)),
      },
    );
    const define = (): void => {
      const definitions = made.objectives.all.map(({ definition }) => definition);
      for (const { objective, change, definition } of store.define(definitions, clock.nowMs())) {
        const details = { change, definition: definition === null ? '' : JSON.stringify(definition) };
        audit
          .append({ actor: 'server', action: 'objective.defined', target: objective, details })
          .catch((error: unknown) =>
            log.error({ problem: String(error) }, 'an objective could not be audited'),
          );
      }
    };
    define();
    context.reloader.add((next) => {
      const objectives = made.liveOf(next);
      return () => {
        made.objectives.redefine(objectives);
        define();
      };
    });
    return {
      signals: objectiveSignals(() => made.objectives.latest).map((source) => ({
        ...source,
        description: signalDescriptions[source.name] ?? '',
      })),
      routes: [objectiveRoutes({ ...made, store, ledger: stores.ledger, clock })],
      ready: async () => made.objectives.start(),
      close: async () => {
        await made.objectives.stop();
        state.close();
      },
    };
  } catch (error) {
    state.close();
    throw error;
  }
}

/** What objectives are made from, in a server and without one. */
export interface ObjectiveParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly outgoing: Outgoing;
  readonly ledger: Ledger;
  readonly journal: Journal;
}

/** Makes the objectives of a configuration, with what answers for those over a Prometheus. */
export function makeObjectives(
  { config, clock, log, outgoing, ledger, journal }: ObjectiveParts,
  heard: Pick<ObjectivesOptions, 'store' | 'onViolation' | 'onJudged'>,
): {
  readonly objectives: Objectives;
  readonly reader: (of: ObjectiveDefinition) => WindowReader | null;
  /** Those of another configuration. @throws BellwetherError `invalid_value` for what cannot be used. */
  readonly liveOf: (config: Config) => readonly LiveObjective[];
} {
  const endpoint = config.monitoring.prometheus_endpoint;
  const prometheus = endpoint === '' ? null : new PrometheusQueries(endpoint, outgoing);
  const reader = ({ queries }: ObjectiveDefinition): WindowReader | null =>
    prometheus === null || queries === null ? null : promqlCounts(prometheus, queries);
  const liveOf = (from: Config): readonly LiveObjective[] =>
    definitionsOf(from).map((definition): LiveObjective => {
      if (isOfLedger(definition)) return new LedgerObjective(definition, ledger.connection);
      const source = reader(definition);
      if (source === null)
        throw new BellwetherError(
          'invalid_value',
          `the objective ${definition.id} asks a Prometheus, and monitoring.prometheus_endpoint names none`,
        );
      return new PromqlObjective(definition, source);
    });
  const options = {
    ledger,
    journal,
    rewrites: () => rewritesOf(config.storage.data_dir),
  };
  const objectives: Objectives = new Objectives({
    objectives: liveOf(config),
    clock,
    log,
    changes: (mark) => {
      const withRatings = objectives.all.some(({ definition: { kind } }) => isRated(kind));
      return changedHours({ ...options, withRatings }, mark);
    },
    ...heard,
  });
  return { objectives, reader, liveOf };
}

function definitionsOf(config: Config): readonly ObjectiveDefinition[] {
  try {
    return allObjectives(config);
  } catch (error) {
    if (!(error instanceof ObjectiveFileError)) throw error;
    const cause = { cause: error };
    throw new BellwetherError('invalid_value', `the objectives are wrong: ${error.message}`, {}, cause);
  }
}

const violationKinds: Readonly<Record<Violation['kind'], ViolationKind>> = {
  availability: 'availability',
  error_rate: 'error_rate',
  latency: 'response_time',
  ttft: 'response_time',
  cost: 'cost',
  quality: 'quality',
  satisfaction: 'quality',
  promql: 'promql',
};

/** The backend that a violation is of, if the objective is of one, or is held for each. */
function backendOf(violation: Violation, { per, scope }: ObjectiveDefinition): string {
  if (per === 'backend') return violation.key;
  const [only, ...others] = scope.backend ?? [];
  return only !== undefined && others.length === 0 ? only : 'all';
}

/** What the exposition shows. */
function shown({ objective: { definition }, keys }: JudgedObjective): ShownObjective[] {
  return keys.map(({ key, judgement }) => ({
    name: [definition.id, ...Object.values(keyOf(definition, key))].join('/'),
    compliancePercent: compliancePercent(judgement.window),
    budgetRemainingRatio: 1 - judgement.spentRatio,
    pairs: judgement.pairs.map(({ pair, longRate, shortRate, burning }) => ({
      name: pair.name,
      long: durationName(pair.longMs),
      short: durationName(pair.shortMs),
      longRate,
      shortRate,
      burning,
    })),
  }));
}

function durationName(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
