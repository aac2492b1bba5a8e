/**
 * Scenarios as text, in the spirit of promtool's tests: what is loaded, when it is
 * judged, and from when to when each condition is violated. `from` is the first
 * judgement that has it, `to` the first that has it no longer.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { burnPairs, factorOf } from './burn-rate.ts';
import { CountBook, type CountedSlot, HOUR_MS, MINUTE_MS } from './count-book.ts';
import { judge } from './judge.ts';
import { longestMs, ObjectiveWindows } from './window.ts';

const START_MS = Date.UTC(2026, 10, 2);
const SECOND_MS = 1000;

interface Load {
  readonly fromMs: number;
  readonly toMs: number;
  readonly perMinute: number;
  readonly badShare: number;
}

interface Scenario {
  readonly name: string;
  budgetPpb: number;
  windowHours: number;
  minEvents: number;
  minBadEvents: number;
  readonly loads: Load[];
  everyMs: number;
  untilMs: number;
  readonly expected: [condition: string, times: string][];
}

/** `-3d`, `1h30m`, `52s` as milliseconds. */
function readMs(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const units: Record<string, number> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: 24 * HOUR_MS };
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length === 0) throw new Error(`not a duration: ${text}`);
  return sign * parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
}

function writeMs(ms: number): string {
  const seconds = ms / SECOND_MS;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  return parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('') || '0s';
}

function readScenarios(file: string): Scenario[] {
  const scenarios: Scenario[] = [];
  for (const line of readFileSync(join(import.meta.dirname, 'scenarios', file), 'utf8').split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === undefined || word === '' || word === '#') continue;
    if (word === 'scenario') {
      const blank = { budgetPpb: 0, windowHours: 0, minEvents: 0, minBadEvents: 0, everyMs: 0, untilMs: 0 };
      scenarios.push({ name: rest.join(' '), ...blank, loads: [], expected: [] });
      continue;
    }
    const scenario = scenarios.at(-1);
    if (scenario === undefined) throw new Error(`before the first scenario: ${line}`);
    readLine(scenario, word, rest);
  }
  return scenarios;
}

function readLine(scenario: Scenario, word: string, rest: string[]): void {
  const after = (name: string): string => rest[rest.indexOf(name) + 1] ?? '';
  if (word === 'objective') {
    scenario.budgetPpb = Math.round(1e9 - Number.parseFloat(rest[0] ?? '') * 1e7);
    scenario.windowHours = readMs(after('over')) / HOUR_MS;
    if (rest.includes('min_events')) scenario.minEvents = Number(after('min_events'));
    if (rest.includes('min_bad_events')) scenario.minBadEvents = Number(after('min_bad_events'));
  } else if (word === 'load') {
    scenario.loads.push({
      fromMs: readMs(after('from')),
      toMs: readMs(after('to')),
      perMinute: Number.parseFloat(rest.find((part) => part.endsWith('/m')) ?? ''),
      badShare: Number.parseFloat(after('bad')) / 100,
    });
  } else if (word === 'eval') {
    scenario.everyMs = readMs(after('every'));
    scenario.untilMs = readMs(after('to'));
  } else if (word === 'expect') {
    scenario.expected.push([rest[0] ?? '', rest.slice(1).join(' ')]);
  } else throw new Error(`not a line of a scenario: ${word}`);
}

/** Events of a load up to an instant; they come evenly, whole ones. */
function eventsBy({ fromMs, toMs, perMinute, badShare }: Load, atMs: number): { bad: number; total: number } {
  const total = Math.floor(
    ((Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / MINUTE_MS) * perMinute + 1e-9,
  );
  return { total, bad: Math.floor(total * badShare + 1e-9) };
}

/** The minutes of some hours, as they are counted at an instant. */
function minutesOf(loads: readonly Load[], fromMs: number, toMs: number, nowMs: number): CountedSlot[] {
  const slots: CountedSlot[] = [];
  for (let startMs = fromMs; startMs < Math.min(toMs, nowMs); startMs += MINUTE_MS) {
    let [bad, total] = [0, 0];
    for (const load of loads) {
      const [before, after] = [eventsBy(load, startMs), eventsBy(load, Math.min(startMs + MINUTE_MS, nowMs))];
      bad += after.bad - before.bad;
      total += after.total - before.total;
    }
    slots.push({ startMs: START_MS + startMs, key: '', good: total - bad, total });
  }
  return slots;
}

/** Plays a scenario and gives, for each condition, the first judgement that has it and the first that has it no longer. */
function play(scenario: Scenario): Map<string, { fromMs: number; toMs: number | null }> {
  const window = { type: 'rolling', hours: scenario.windowHours } as const;
  const windows = new ObjectiveWindows(window);
  const definition = { agreement: false, slices: null, ...scenario };
  const firstMs = Math.min(...scenario.loads.map(({ fromMs }) => fromMs));
  const book = new CountBook(longestMs(window), START_MS);
  book.setHours([], minutesOf(scenario.loads, firstMs, 0, 0));
  const found = new Map<string, { fromMs: number; toMs: number | null }>();
  for (let atMs = 0; atMs <= scenario.untilMs; atMs += scenario.everyMs) {
    book.advance(START_MS + atMs);
    // As in the server: the hours with new rows are counted anew.
    const touchedMs = Math.max(0, Math.floor((atMs - scenario.everyMs) / HOUR_MS) * HOUR_MS);
    const hours = new Set([touchedMs, Math.floor(atMs / HOUR_MS) * HOUR_MS]);
    for (const hourMs of hours)
      book.setHours(
        [(START_MS + hourMs) / HOUR_MS],
        minutesOf(scenario.loads, hourMs, hourMs + HOUR_MS, atMs),
      );
    const { violated } = judge(definition, windows, (from, to) => book.sum('', from, to), START_MS + atMs);
    const now = new Set(violated.map(({ condition }) => condition));
    for (const condition of now)
      if (!found.has(condition)) found.set(condition, { fromMs: atMs, toMs: null });
    for (const [condition, times] of found)
      if (!now.has(condition) && times.toMs === null) found.set(condition, { ...times, toMs: atMs });
  }
  return found;
}

describe.each(['workbook.txt'])('the scenarios of %s', (file) => {
  it.each(readScenarios(file).map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    (_name, scenario) => {
      const found = play(scenario);
      const seen = scenario.expected.map(([condition]) => {
        const times = found.get(condition);
        if (times === undefined) return [condition, 'never'];
        const end = times.toMs === null ? '' : ` to ${writeMs(times.toMs)}`;
        return [condition, `from ${writeMs(times.fromMs)}${end}`];
      });
      expect(seen).toEqual(scenario.expected);
    },
  );
});

describe('detection times', () => {
  const budgetPpb = 1_000_000;
  const periodMs = 30 * 24 * HOUR_MS;
  const cases = burnPairs
    .slice(0, 2)
    .flatMap((pair) =>
      [1, 0.5, 0.2, 0.1, 0.05, 0.02]
        .filter((share) => share > (factorOf(pair, periodMs) * budgetPpb) / 1e9)
        .map((share) => [pair.name, share, pair] as const),
    );

  it.each(cases)('are those of the workbook for %s at a share of errors of %d', (name, badShare, pair) => {
    // (1 - target) / share of errors * long window * burn rate
    const workbookMs = (budgetPpb / 1e9 / badShare) * pair.longMs * factorOf(pair, periodMs);
    const everyMs = 5 * SECOND_MS;
    const found = play({
      name,
      budgetPpb,
      windowHours: 720,
      minEvents: 20,
      minBadEvents: 2,
      loads: [
        { fromMs: -8 * HOUR_MS, toMs: 0, perMinute: 6000, badShare: 0 },
        { fromMs: 0, toMs: 7 * HOUR_MS, perMinute: 6000, badShare },
      ],
      everyMs,
      untilMs: workbookMs + 2 * everyMs,
      expected: [],
    }).get(name);
    const seenMs = found?.fromMs ?? Number.NaN;
    // A window is up to a minute shorter than it is called, and judgements are five seconds apart.
    expect(seenMs).toBeLessThanOrEqual(workbookMs + everyMs);
    expect(seenMs).toBeGreaterThanOrEqual((workbookMs * (pair.longMs - MINUTE_MS)) / pair.longMs - everyMs);
  });
});
