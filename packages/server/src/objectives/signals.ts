/**
 * What alert rules may ask of objectives: figures by name, with labels, as the stage
 * of alerts takes them.
 */

import { burnPairs } from './burn-rate.ts';
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
  readonly name: string;
  readonly description: string;
  read(nowMs: number): readonly ObjectiveSignal[];
}

/** What the signals are, for people who write rules. */
export const objectiveSignalDescriptions = {
  objective_burning:
    'By objective, pair and severity: 1 while both windows of a pair burn the error budget too fast, else 0.',
  objective_budget_remaining_percent:
    'By objective: the error budget that is left in its window; negative once it is overspent.',
} as const;

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
      name: 'objective_burning',
      description: objectiveSignalDescriptions.objective_burning,
      read: read(({ objective: { definition }, keys, problem }) =>
        keys.flatMap(({ key, judgement }) =>
          burnPairs.flatMap(({ name, severity }) => {
            const found = judgement.pairs.find(({ pair }) => pair.name === name);
            if (found === undefined) return [];
            const labels = { objective: definition.id, ...keyOf(definition, key), pair: name, severity };
            return [{ labels, value: problem === null ? Number(found.burning) : Number.NaN }];
          }),
        ),
      ),
    },
    {
      name: 'objective_budget_remaining_percent',
      description: objectiveSignalDescriptions.objective_budget_remaining_percent,
      read: read(({ objective: { definition }, keys, problem }) =>
        keys.map(({ key, judgement }) => ({
          labels: { objective: definition.id, ...keyOf(definition, key) },
          value: problem === null && judgement.met !== null ? 100 * (1 - judgement.spentRatio) : Number.NaN,
        })),
      ),
    },
  ];
}
