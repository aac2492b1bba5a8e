import { describe, expect, it } from 'vitest';
import { STATISTICS, type StatisticKind } from './definitions.ts';
import { Incidents } from './incidents.ts';

const THRESHOLD = 3;

/** Rarities per statistic, all 0 but the first one of a kind. */
function only(kind: StatisticKind, decades: number): Float64Array {
  const each = new Float64Array(STATISTICS.length);
  each[STATISTICS.findIndex((statistic) => statistic.kind === kind)] = decades;
  return each;
}

/** Feeds rows a minute apart, each with the rarity of its point statistic. */
function standings(evidence: readonly number[], incidents = new Incidents(THRESHOLD)): string {
  return evidence
    .map((decades, row) => incidents.judge(row * 60_000, decades, only('point', decades), null).standing[0])
    .join('');
}

const calm = (rows: number): number[] => Array.from({ length: rows }, () => 0);

describe('incidents', () => {
  it('are news once, and again when ten times as improbable', () => {
    expect(standings([...calm(1000), 3.2, 3.5, 4.1, 4.3, 3.2, 0]).slice(1000)).toBe('nkknkc');
  });

  it('are over after a calm of 3 % of the rows', () => {
    const rows = [...calm(1000), 4, ...calm(25), 4, ...calm(35), 4];
    const text = standings(rows);
    expect([text[1000], text[1026], text[1062]]).toEqual(['n', 'k', 'n']);
  });

  it('are over after 720 rows however long the series', () => {
    const rows = [...calm(40_000), 4, ...calm(700), 4, ...calm(730), 4];
    const text = standings(rows);
    expect([text[40_000], text[40_701], text[41_432]]).toEqual(['n', 'k', 'n']);
  });

  it('cost more evidence where there are many', () => {
    const nervous = new Incidents(THRESHOLD);
    // An alarm every 100 rows, each well above the threshold.
    for (let row = 0; row < 6000; row += 1) {
      const decades = row % 100 === 99 ? 4 : 0;
      nervous.judge(row * 60_000, decades, only('point', decades), null);
    }
    const verdict = nervous.judge(6001 * 60_000, 3.1, only('point', 3.1), null);
    expect(verdict.standing).toBe('calm');
    expect(verdict.decades).toBeGreaterThan(2.8);
    expect(verdict.decades).toBeLessThan(3);
  });

  it('begin where the suspicion began', () => {
    const incidents = new Incidents(THRESHOLD);
    [0, 2.2, 0, 2.5, 0, 0, 2.1, 2.9, 3.4].forEach((decades, row) => {
      incidents.judge(row * 60_000, decades, only('point', decades), null);
    });
    expect(incidents.sinceMs).toBe(6 * 60_000);
  });

  it('are called by what is odd', () => {
    const kindsOf = (kind: StatisticKind, zeroShare: number | null = null): readonly string[] => {
      const incidents = new Incidents(THRESHOLD);
      incidents.judge(0, 4, only(kind, 4), zeroShare);
      return incidents.kinds;
    };
    expect(kindsOf('point')).toEqual(['point']);
    expect(kindsOf('seasonal')).toEqual(['seasonal']);
    expect(kindsOf('level')).toEqual(['trend_change']);
    expect(kindsOf('variance')).toEqual(['variance_change']);
    expect(kindsOf('missing')).toEqual(['missing_data']);
    expect(kindsOf('point', 0)).toEqual(['drop_to_zero', 'point']);
    expect(kindsOf('point', 0.2)).toEqual(['point']);
  });

  it('do not take the echo of one odd row for a lasting change', () => {
    const incidents = new Incidents(THRESHOLD);
    incidents.judge(0, 5, only('point', 5), null);
    for (let row = 1; row < 10; row += 1) incidents.judge(row * 60_000, 4, only('level', 4), null);
    expect(incidents.kinds).toEqual(['point']);
  });

  it('gain kinds while they last', () => {
    const incidents = new Incidents(THRESHOLD);
    for (let row = 0; row < 10; row += 1) {
      const each = only('jump', 5);
      each.set(only('level', 4).subarray(4), 4);
      incidents.judge(row * 60_000, 5, each, null);
    }
    expect(incidents.kinds).toEqual(['point', 'level_shift']);
  });
});
