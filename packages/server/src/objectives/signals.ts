/**
 * What alert rules may ask of objectives: figures by name, with labels, as the stage
 * of alerts takes them.
 */

import { keyOf } from './view.ts';
import type { JudgedObjective } from './objectives.ts';

/** A figure. */
export interface ObjectiveSignal {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN while it is not known. */
  readonly value: number;
}

/** Figures of one name. */
export interface ObjectiveSignalSource {
  readonly name: 'objective_violated' | 'objective_budget_remaining_percent';
  read(nowMs: number): readonly ObjectiveSignal[];
}

/**
 * The signals of objectives.
 *
 * @param latest what was found at last, see `Objectives.latest`.
 */
export function objectiveSignals(latest: () => readonly JudgedObjective[]): readonly ObjectiveSignalSource[] {
  const read =
    (figures: (judged: JudgedObjective) => readonly ObjectiveSignal[]): (() => readonly ObjectiveSignal[]) =>
    () =>
      latest().flatMap(figures);
  return [
    {
      name: 'objective_violated',
      read: read(({ objective: { definition }, keys, problem }) =>
        keys.flatMap(({ key, judgement }) => {
          const now = new Set(judgement.violated.map(({ condition }) => condition));
          return ['budget-exhausted', ...judgement.pairs.map(({ pair }) => pair.name)].map((condition) => ({
            labels: { objective: definition.id, ...keyOf(definition, key), condition },
            value: problem === null ? Number(now.has(condition)) : Number.NaN,
          }));
        }),
      ),
    },
    {
      name: 'objective_budget_remaining_percent',
      read: read(({ objective: { definition }, keys, problem }) =>
        keys.map(({ key, judgement }) => ({
          labels: { objective: definition.id, ...keyOf(definition, key) },
          value: problem === null && judgement.met !== null ? 100 * (1 - judgement.spentRatio) : Number.NaN,
        })),
      ),
    },
  ];
}
