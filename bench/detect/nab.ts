/**
 * The detector on the development half of the Numenta Anomaly Benchmark, all three
 * profiles: at the best score threshold, at the default, and with the threshold for
 * each series chosen on the others. Run with
 * `node --conditions=source bench/detect/nab.ts [FOLDER]`.
 */

import { createDetector, THRESHOLD_DEFAULT } from '../../packages/server/src/analyse/detect/index.ts';
import { type LabelledSeries, nabFolder, type Profile, readNab, readProfiles } from './nab-data.ts';
import { leaveOneOut, rawAt, resultAt, type ScoredSeries, scoreSeries, sweep } from './nab-score.ts';

const THRESHOLDS = [0.44, 0.45, 0.46, 0.47, 0.48, 0.49, 0.5, 0.51, 0.52, 0.53, 0.54, 0.56, 0.58, 0.6];

/** Scores a series from first to last row. */
function run(series: LabelledSeries, threshold: number, flagsOnly: boolean): ScoredSeries {
  const detector = createDetector({ threshold });
  const scores = Float64Array.from(series.values, (value, row) => {
    const { score, anomaly } = detector.observe(series.timestampsMs[row]!, value);
    return flagsOnly ? Number(anomaly) : score;
  });
  return scoreSeries(series, scores);
}

/** The share of the result that is lost on a series, per kind of mistake. */
function printSeries(
  all: readonly LabelledSeries[],
  scored: readonly ScoredSeries[],
  profile: Profile,
): void {
  console.log(
    `\nLost per series at ${THRESHOLD_DEFAULT}, ${profile.name} (a missed window costs 2, a false alarm up to 0.11):`,
  );
  all.forEach(({ name, windows }, index) => {
    const series = scored[index]!;
    const found = series.steps.filter(({ score, found: first }) => score >= THRESHOLD_DEFAULT && first === 1);
    const alarms = series.steps.filter(({ score, alarm }) => score >= THRESHOLD_DEFAULT && alarm !== 0);
    const lost = windows.length - rawAt(series, THRESHOLD_DEFAULT, profile);
    console.log(
      `  ${name.padEnd(58)} ${found.length}/${windows.length} found, ${String(alarms.length).padStart(2)} false, lost ${lost.toFixed(2)}`,
    );
  });
}

/** Each series flagged with the `--threshold` that is best for all the others. */
function leaveOneOutFlags(byThreshold: readonly (readonly ScoredSeries[])[], profile: Profile): number {
  const raws = byThreshold.map((scored) => scored.map((series) => rawAt(series, 1, profile)));
  const totals = raws.map((raw) => raw.reduce((sum, value) => sum + value, 0));
  const scored = byThreshold[0]!;
  const raw = scored.reduce((sum, _, held) => {
    const others = totals.map((total, index) => total - raws[index]![held]!);
    return sum + raws[others.indexOf(Math.max(...others))]![held]!;
  }, 0);
  const windows = scored.reduce((sum, series) => sum + series.windows, 0);
  return (100 * (raw + profile.missed * windows)) / (windows * (1 + profile.missed));
}

const folder = process.argv[2] ?? nabFolder;
const all = await readNab(folder);
const profiles = readProfiles(folder);
const scored = all.map((series) => run(series, THRESHOLD_DEFAULT, false));
const byThreshold = THRESHOLDS.map((threshold) => all.map((series) => run(series, threshold, true)));
const windows = all.reduce((sum, series) => sum + series.windows.length, 0);
console.log(`${all.length} series, ${windows} windows`);
console.log('profile              best (at score)   default 0.5   score left out   --threshold left out');
for (const profile of profiles) {
  const { threshold, result } = sweep(scored, profile);
  const cells = [
    `${result.toFixed(1)} (${threshold.toFixed(3)})`,
    resultAt(scored, THRESHOLD_DEFAULT, profile).toFixed(1),
    leaveOneOut(scored, profile).toFixed(1),
    leaveOneOutFlags(byThreshold, profile).toFixed(1),
  ];
  console.log(`${profile.name.padEnd(20)} ${cells.map((cell) => cell.padEnd(16)).join(' ')}`);
}
console.log(`\nflags by --threshold ${THRESHOLDS.join('  ')}`);
for (const profile of profiles) {
  const results = byThreshold.map((flagged) => resultAt(flagged, 1, profile).toFixed(1));
  console.log(`${profile.name.padEnd(20)} ${results.join('  ')}`);
}
printSeries(all, scored, profiles[0]!);
