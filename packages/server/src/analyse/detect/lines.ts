/** Detections as text: a JSON object per row for programs, a table of the anomalies for people. */

import type { Detection } from './detector.ts';
import { formatInstantLike } from './instants.ts';
import type { SeriesRow } from './series-csv.ts';

const SCORE_DIGITS = 1e6;
const WIDTHS = [26, 14, 14, 7] as const;

/** The heading of the table that {@link anomalyLine} writes the lines of. */
export const anomalyHeading: string = `${['TIMESTAMP', 'VALUE', 'EXPECTED', 'SCORE']
  .map((title, column) => title.padEnd(WIDTHS[column]!))
  .join('  ')}  KIND\n`;

/**
 * A row as one line of JSON: `timestamp` and `value` as given, `expected`, `score`
 * from 0 to 1, `anomaly`; on anomalies and while they last also `kinds` and `since`,
 * and `ongoing` on the rows after the first.
 */
export function jsonLine({ timestamp, value }: SeriesRow, detection: Detection): string {
  const { expected, anomaly, ongoing, kinds, sinceMs } = detection;
  // Rounded down, so that no row below the threshold is printed at it.
  const score = Math.floor(detection.score * SCORE_DIGITS) / SCORE_DIGITS;
  // A text that was read as an instant holds nothing that JSON would have to escape.
  const line = `{"timestamp":"${timestamp}","value":${value},"expected":${expected},"score":${score},"anomaly":${anomaly}`;
  if (sinceMs === null) return `${line}}\n`;
  const since = formatInstantLike(sinceMs, timestamp);
  return `${line},"kinds":${JSON.stringify(kinds)},"since":"${since}"${ongoing ? ',"ongoing":true' : ''}}\n`;
}

/** An anomaly as a line of the table. */
export function anomalyLine({ timestamp, value }: SeriesRow, detection: Detection): string {
  const { expected, score, kinds, sinceMs, timestampMs } = detection;
  const cells = [timestamp, short(value), expected === null ? '' : short(expected), score.toFixed(3)];
  const since =
    sinceMs === null || sinceMs === timestampMs ? '' : ` since ${formatInstantLike(sinceMs, timestamp)}`;
  const kind = kinds.join(', ').replaceAll('_', ' ');
  return `${cells.map((cell, column) => cell.padEnd(WIDTHS[column]!)).join('  ')}  ${kind}${since}\n`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
