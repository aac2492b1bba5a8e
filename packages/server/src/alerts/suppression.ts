/** Why an alert is kept back at present: snoozed, silenced, in maintenance, or inhibited by a worse one. */

import type { InhibitionDefinition, MaintenanceDefinition } from '../config/index.ts';
import { type Labels, labelOf, matchesAll } from '../matching/matcher.ts';
import { isInWindow } from '../matching/time-window.ts';
import { type Alert, isOpen } from './alert.ts';
import type { Silences } from './silence.ts';

/** The reasons; none of them holds for an alert that may be told. */
export interface Suppression {
  /** Epoch milliseconds. */
  readonly snoozedUntilMs: number | null;
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Ids of times of maintenance. */
  readonly maintenance: readonly string[];
  /** The id of the alert that inhibits this one. */
  readonly inhibitedBy: string | null;
}

/** Whether one of the reasons holds. */
export function isSuppressed(reasons: Suppression): boolean {
  const { snoozedUntilMs, silencedBy, maintenance, inhibitedBy } = reasons;
  return snoozedUntilMs !== null || silencedBy.length > 0 || maintenance.length > 0 || inhibitedBy !== null;
}

/** Finds reasons at one instant. */
export class Suppressions {
  readonly #nowMs: number;
  readonly #silences: Silences;
  readonly #maintenance: readonly MaintenanceDefinition[];
  readonly #inhibitions: readonly {
    readonly definition: InhibitionDefinition;
    /** The sources that are raised, by their values of the labels that must be equal. */
    readonly sources: ReadonlyMap<string, Alert>;
  }[];

  constructor(
    definitions: {
      readonly inhibitions: readonly InhibitionDefinition[];
      readonly maintenance: readonly MaintenanceDefinition[];
    },
    silences: Silences,
    alerts: Iterable<Alert>,
    nowMs: number,
  ) {
    this.#nowMs = nowMs;
    this.#silences = silences;
    this.#maintenance = definitions.maintenance.filter((time) => holds(time, nowMs));
    const open = definitions.inhibitions.length === 0 ? [] : [...alerts].filter(isOpen);
    this.#inhibitions = definitions.inhibitions.map((definition) => ({
      definition,
      sources: new Map(
        open
          .filter(({ labels }) => matchesAll(definition.source, labels))
          .map((alert) => [equalKey(definition, alert.labels), alert]),
      ),
    }));
  }

  of(alert: Alert): Suppression {
    const { snoozedUntilMs, labels } = alert;
    return {
      snoozedUntilMs: snoozedUntilMs !== null && snoozedUntilMs > this.#nowMs ? snoozedUntilMs : null,
      silencedBy: this.#silences.holding(labels, this.#nowMs),
      maintenance: this.#maintenance
        .filter(({ matchers }) => matchesAll(matchers, labels))
        .map(({ id }) => id),
      inhibitedBy: this.#inhibitor(alert),
    };
  }

  #inhibitor({ id, labels }: Alert): string | null {
    for (const { definition, sources } of this.#inhibitions) {
      if (sources.size === 0 || !matchesAll(definition.target, labels)) continue;
      // What matches the source itself is never inhibited by it: two such would keep each other back.
      if (matchesAll(definition.source, labels)) continue;
      const source = sources.get(equalKey(definition, labels));
      if (source !== undefined && source.id !== id) return source.id;
    }
    return null;
  }
}

function equalKey({ equal }: InhibitionDefinition, labels: Labels): string {
  return JSON.stringify(equal.map((name) => labelOf(labels, name)));
}

function holds({ span, weekly }: MaintenanceDefinition, nowMs: number): boolean {
  if (span !== null) return span.fromMs <= nowMs && nowMs < span.toMs;
  return weekly !== null && isInWindow(weekly, nowMs);
}
