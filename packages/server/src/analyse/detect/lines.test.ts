import { describe, expect, it } from 'vitest';
import type { Detection } from './detector.ts';
import { anomalyHeading, anomalyLine, jsonLine } from './lines.ts';
import type { SeriesRow } from './series-csv.ts';

const row: SeriesRow = {
  line: 7,
  timestamp: '2026-11-20T12:05:00+01:00',
  timestampMs: Date.UTC(2026, 10, 20, 11, 5),
  value: 12.3456789,
};
const calm: Detection = {
  timestampMs: row.timestampMs,
  value: row.value,
  expected: 10,
  score: 0.499_999_99,
  surprise: 0.499_999_99,
  anomaly: false,
  ongoing: false,
  kinds: [],
  sinceMs: null,
};
const odd: Detection = {
  ...calm,
  score: 0.71,
  anomaly: true,
  kinds: ['point', 'level_shift'],
  sinceMs: row.timestampMs - 300_000,
};

describe('a row as JSON', () => {
  it('has its five fields, and a score that is never rounded up', () => {
    expect(jsonLine(row, calm)).toBe(
      '{"timestamp":"2026-11-20T12:05:00+01:00","value":12.3456789,"expected":10,"score":0.499999,"anomaly":false}\n',
    );
    expect(jsonLine(row, { ...calm, expected: null })).toContain('"expected":null,');
  });

  it('says of an anomaly what it is and since when', () => {
    expect(JSON.parse(jsonLine(row, odd))).toEqual({
      timestamp: '2026-11-20T12:05:00+01:00',
      value: 12.3456789,
      expected: 10,
      score: 0.71,
      anomaly: true,
      kinds: ['point', 'level_shift'],
      since: '2026-11-20T12:00:00+01:00',
    });
    expect(JSON.parse(jsonLine(row, { ...odd, anomaly: false, ongoing: true }))).toMatchObject({
      anomaly: false,
      ongoing: true,
      since: '2026-11-20T12:00:00+01:00',
    });
  });
});

describe('an anomaly as a line', () => {
  it('stands below its heading', () => {
    expect(anomalyHeading).toBe(
      'TIMESTAMP                   VALUE           EXPECTED        SCORE    KIND\n',
    );
    expect(anomalyLine(row, odd)).toBe(
      '2026-11-20T12:05:00+01:00   12.3457         10              0.710    point, level shift since 2026-11-20T12:00:00+01:00\n',
    );
    expect(anomalyLine(row, { ...odd, expected: null, sinceMs: row.timestampMs })).toBe(
      '2026-11-20T12:05:00+01:00   12.3457                         0.710    point, level shift\n',
    );
  });
});
