/**
 * The anomalies that are open, and how judgements open, prolong and close them. An
 * anomaly is told once; what comes back within the hour is the same one. Those that begin
 * while others are open belong to one incident.
 */

import { type Anomaly, anomalyId, type Kind } from './anomaly.ts';
import type { Judgement } from './judge.ts';

const MINUTE_MS = 60_000;
/** An anomaly is over after so many steps without an odd one. */
const CALM_STEPS = 15;
/** What is odd again so soon after it was over is the same anomaly. */
const REOPEN_MS = 60 * MINUTE_MS;
/** Anomalies belong to one incident if one begins within this after another was odd. */
const TOGETHER_MS = 15 * MINUTE_MS;
/** Series whose last anomaly is remembered so that it can be opened again. */
const CLOSED_MAX = 2000;

/** A judgement with what it is of. */
export interface Judged extends Omit<Judgement, 'kinds'> {
  readonly measure: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kinds: readonly Kind[];
  readonly evidence: readonly string[];
}

/** What became of an anomaly. */
export interface BookChange {
  readonly change: 'opened' | 'reopened' | 'closed';
  readonly anomaly: Anomaly;
}

interface Entry {
  anomaly: Anomaly;
  lastOddMs: number;
  readonly stepMs: number;
}

/** The open anomalies. */
export class AnomalyBook {
  readonly #open = new Map<string, Entry>();
  readonly #closed = new Map<string, Entry>();
  #incident: { readonly id: string; lastMs: number } | null = null;

  /** The anomalies that last, oldest first. */
  get open(): Anomaly[] {
    return [...this.#open.values()].map(({ anomaly }) => anomaly);
  }

  /** The same as far as they are known to last: each ends with its last odd step. */
  get soFar(): Anomaly[] {
    return [...this.#open.values()].map(({ anomaly, lastOddMs, stepMs }) => ({
      ...anomaly,
      untilMs: lastOddMs + stepMs,
    }));
  }

  /**
   * Closes what was calm for long enough by a time, though no judgement came that says so: of a
   * model that is no longer used, for instance.
   *
   * @param judgedMs up to when the series of an anomaly are judged.
   */
  sweep(judgedMs: (anomaly: Anomaly) => number): BookChange[] {
    return [...this.#open].flatMap(([key, entry]) => {
      const isCalm = judgedMs(entry.anomaly) - entry.lastOddMs > (CALM_STEPS + 1) * entry.stepMs;
      return isCalm ? [this.#close(key, entry)] : [];
    });
  }

  /** Closes one that turned out to be none, at the end of its oddest step; null if it is not open. */
  withdraw(id: string): BookChange | null {
    for (const [key, entry] of this.#open) {
      if (entry.anomaly.id !== id) continue;
      entry.lastOddMs = entry.anomaly.peakMs;
      return this.#close(key, entry);
    }
    return null;
  }

  /** Takes over anomalies that were open when the server stopped. */
  restore(anomalies: readonly Anomaly[], stepOf: (anomaly: Anomaly) => number): void {
    for (const anomaly of anomalies) {
      this.#open.set(keyOf(anomaly), { anomaly, lastOddMs: anomaly.peakMs, stepMs: stepOf(anomaly) });
      this.#incident = { id: anomaly.incident, lastMs: anomaly.openedMs };
    }
  }

  /** Forgets all of them. */
  clear(): void {
    this.#open.clear();
    this.#closed.clear();
    this.#incident = null;
  }

  /** Puts what was found out about an anomaly beside it, if it is still known. */
  amend(id: string, more: Partial<Pick<Anomaly, 'cause' | 'revised'>>): Anomaly | null {
    for (const entries of [this.#open, this.#closed]) {
      for (const entry of entries.values()) {
        if (entry.anomaly.id !== id) continue;
        entry.anomaly = { ...entry.anomaly, ...more };
        return entry.anomaly;
      }
    }
    return null;
  }

  /**
   * Takes a judgement.
   *
   * @param threshold the score from which it opens an anomaly.
   */
  take(judged: Judged, threshold: number, stepMs: number): BookChange | null {
    const key = keyOf(judged);
    const entry = this.#open.get(key);
    if (entry !== undefined) return this.#follow(key, entry, judged, threshold);
    if (judged.score < threshold || judged.expected === null) return null;
    return this.#begin(key, judged, stepMs);
  }

  #follow(key: string, entry: Entry, judged: Judged, threshold: number): BookChange | null {
    if (judged.isOdd || judged.score >= threshold) {
      entry.lastOddMs = judged.atMs;
      if (this.#incident?.id === entry.anomaly.incident) this.#incident.lastMs = judged.atMs;
      if (judged.score > entry.anomaly.score) entry.anomaly = worse(entry.anomaly, judged);
      return null;
    }
    if (judged.atMs - entry.lastOddMs <= CALM_STEPS * entry.stepMs) return null;
    return this.#close(key, entry);
  }

  #close(key: string, entry: Entry): BookChange {
    entry.anomaly = { ...entry.anomaly, untilMs: entry.lastOddMs + entry.stepMs };
    this.#open.delete(key);
    this.#closed.delete(key);
    this.#closed.set(key, entry);
    if (this.#closed.size > CLOSED_MAX) this.#closed.delete(this.#closed.keys().next().value ?? '');
    return { change: 'closed', anomaly: entry.anomaly };
  }

  #begin(key: string, judged: Judged, stepMs: number): BookChange {
    const last = this.#closed.get(key);
    if (last !== undefined && judged.atMs - last.lastOddMs <= REOPEN_MS) {
      this.#closed.delete(key);
      last.lastOddMs = judged.atMs;
      last.anomaly = worse({ ...last.anomaly, untilMs: null }, judged);
      this.#open.set(key, last);
      return { change: 'reopened', anomaly: last.anomaly };
    }
    const openedMs = judged.atMs + stepMs;
    const id = anomalyId(judged.measure, judged.labels, openedMs);
    if (this.#incident === null || Math.abs(judged.atMs - this.#incident.lastMs) > TOGETHER_MS)
      this.#incident = { id, lastMs: judged.atMs };
    this.#incident.lastMs = Math.max(this.#incident.lastMs, judged.atMs);
    const anomaly: Anomaly = {
      id,
      incident: this.#incident.id,
      measure: judged.measure,
      labels: judged.labels,
      kinds: judged.kinds,
      evidence: judged.evidence,
      score: judged.score,
      sinceMs: Math.min(judged.sinceMs, judged.atMs),
      openedMs,
      peakMs: judged.atMs,
      untilMs: null,
      expected: judged.expected ?? 0,
      actual: judged.actual ?? 0,
      sigmas: judged.sigmas,
      cause: null,
      revised: null,
    };
    this.#open.set(key, { anomaly, lastOddMs: judged.atMs, stepMs });
    return { change: 'opened', anomaly };
  }
}

function worse(anomaly: Anomaly, judged: Judged): Anomaly {
  if (judged.score <= anomaly.score) return anomaly;
  return {
    ...anomaly,
    kinds: [...new Set([...anomaly.kinds, ...judged.kinds])],
    evidence: [...new Set([...anomaly.evidence, ...judged.evidence])],
    score: judged.score,
    peakMs: judged.atMs,
    expected: judged.expected ?? anomaly.expected,
    actual: judged.actual ?? 0,
    sigmas: judged.sigmas,
  };
}

function keyOf({ measure, labels }: Pick<Anomaly, 'measure' | 'labels'>): string {
  return JSON.stringify([measure, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
