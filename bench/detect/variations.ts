/**
 * How much of the benchmark's result is luck: the detector on copies of the series
 * that differ in what should not matter (where they begin, a little noise, rows
 * missing at random, values upside down), and on coarser ones. Standard profile, all
 * at the default threshold. Run with
 * `node --conditions=source bench/detect/variations.ts [FOLDER]`.
 */

import { createDetector, THRESHOLD_DEFAULT } from '../../packages/server/src/analyse/detect/index.ts';
import { seededRandom } from '../../packages/server/src/analyse/detect/test-series.ts';
import { type LabelledSeries, nabFolder, readNab, readProfiles } from './nab-data.ts';
import { probationRows, resultAt, type ScoredSeries, scoreSeries } from './nab-score.ts';

const random = seededRandom(1);

/** The rows that a rule keeps, with the windows that are left of those behind the unscored beginning. */
function keep(series: LabelledSeries, keeps: (row: number) => boolean): LabelledSeries {
  const rows = Array.from(series.values, (_, row) => row).filter(keeps);
  const windows = series.windows
    .map(({ first, last }) => ({
      first: rows.findIndex((row) => row >= first),
      last: rows.findLastIndex((row) => row <= last),
    }))
    .filter(({ first, last }) => first >= 0 && last >= first);
  return {
    name: series.name,
    timestampsMs: Float64Array.from(rows, (row) => series.timestampsMs[row]!),
    values: Float64Array.from(rows, (row) => series.values[row]!),
    windows,
  };
}

/** Without the first part, and without windows that would begin before rows are scored. */
function cut(series: LabelledSeries, share: number): LabelledSeries {
  const kept = keep(series, (row) => row >= share * series.values.length);
  const scoredFrom = probationRows(kept.values.length);
  const whole = new Set(
    series.windows.filter(({ first }) => first >= share * series.values.length).map(({ last }) => last),
  );
  const windows = series.windows
    .filter(({ last }) => last >= share * series.values.length)
    .map(({ last }, index) => ({ last, window: kept.windows[index]! }))
    .filter(({ last, window }) => whole.has(last) && window.first >= scoredFrom)
    .map(({ window }) => window);
  return { ...kept, windows };
}

/** With noise of up to so many median steps from row to row. */
function shake(series: LabelledSeries, steps: number): LabelledSeries {
  const { values } = series;
  const sizes = values.map((value, row) => Math.abs(value - (values[row - 1] ?? value))).toSorted();
  const size = steps * sizes[Math.floor(sizes.length / 2)]!;
  return { ...series, values: values.map((value) => value + (2 * random() - 1) * size) };
}

const thin = (share: number) => (series: LabelledSeries) => keep(series, () => random() >= share);

const VARIATIONS: Readonly<Record<string, (series: LabelledSeries) => LabelledSeries>> = {
  'as they are': (series) => series,
  'upside down': (series) => ({ ...series, values: series.values.map((value) => -value) }),
  'first 3 % cut off': (series) => cut(series, 0.03),
  'first 6 % cut off': (series) => cut(series, 0.06),
  'first 9 % cut off': (series) => cut(series, 0.09),
  'first 15 % cut off': (series) => cut(series, 0.15),
  'first 20 % cut off': (series) => cut(series, 0.2),
  'noise of 0.2 steps': (series) => shake(series, 0.2),
  'noise of 0.5 steps': (series) => shake(series, 0.5),
  'noise of 1 step': (series) => shake(series, 1),
  '2 % of rows missing': thin(0.02),
  '5 % of rows missing': thin(0.05),
  '10 % of rows missing': thin(0.1),
};
const COARSER: typeof VARIATIONS = {
  'every second row': (series) => keep(series, (row) => row % 2 === 0),
  'the other rows': (series) => keep(series, (row) => row % 2 === 1),
};

const folder = process.argv[2] ?? nabFolder;
const all = await readNab(folder);
const profile = readProfiles(folder)[0]!;

function run(series: LabelledSeries): ScoredSeries {
  const detector = createDetector();
  return scoreSeries(
    series,
    series.values.map((value, row) => detector.observe(series.timestampsMs[row]!, value).score),
  );
}

/** Prints the result of each, and returns their mean. */
function compare(variations: typeof VARIATIONS): number {
  const results = Object.entries(variations).map(([name, vary]) => {
    const result = resultAt(
      all.map((series) => run(vary(series))),
      THRESHOLD_DEFAULT,
      profile,
    );
    console.log(`${name.padEnd(24)} ${result.toFixed(1)}`);
    return result;
  });
  return results.reduce((sum, result) => sum + result, 0) / results.length;
}

console.log(`mean ${compare(VARIATIONS).toFixed(1)}\n`);
compare(COARSER);
