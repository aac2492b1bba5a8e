/**
 * What a score means: how many incidents per thousand rows are reported on noise of
 * many kinds in which nothing happens, per threshold, beside the rate that the scale
 * promises. Run with
 * `node --conditions=source bench/detect/calibration.ts [ROWS] [SERIES] [STEP_SECONDS]`.
 */

import { createDetector, decadesOfScore } from '../../packages/server/src/analyse/detect/index.ts';
import { calmSources } from '../../packages/server/src/analyse/detect/test-series.ts';

const THRESHOLDS = [0.5, 0.6, 0.7, 0.75, 0.8];
/** Rows at the beginning that are not counted, as the detector knows little then. */
const WARM_UP_ROWS = 600;

const rows = Number(process.argv[2] ?? 10_080);
const seriesPerKind = Number(process.argv[3] ?? 10);
const stepMs = Number(process.argv[4] ?? 300) * 1000;
const startMs = Date.UTC(2026, 0, 5);

const totals = THRESHOLDS.map(() => 0);
console.log(`incidents per 1,000 rows, ${seriesPerKind} series of ${rows} rows each`);
console.log(
  `${'threshold'.padEnd(24)} ${THRESHOLDS.map((threshold) => String(threshold).padStart(8)).join('')}`,
);
for (const [name, make] of Object.entries(calmSources)) {
  const counts = THRESHOLDS.map(() => 0);
  for (let seed = 1; seed <= seriesPerKind; seed += 1) {
    const source = make(seed);
    const detectors = THRESHOLDS.map((threshold) => createDetector({ threshold }));
    for (let row = 0; row < rows; row += 1) {
      const value = source(row);
      detectors.forEach((detector, index) => {
        const { anomaly } = detector.observe(startMs + row * stepMs, value);
        if (anomaly && row >= WARM_UP_ROWS) counts[index]! += 1;
      });
    }
  }
  counts.forEach((count, index) => {
    totals[index]! += count;
  });
  print(name, counts, seriesPerKind);
}
print('all', totals, seriesPerKind * Object.keys(calmSources).length);
const promised = THRESHOLDS.map((threshold) => (1000 * 10 ** -decadesOfScore(threshold)).toFixed(4));
console.log(`${'promised'.padEnd(24)} ${promised.map((rate) => rate.padStart(8)).join('')}`);

function print(name: string, counts: readonly number[], series: number): void {
  const rates = counts.map((count) => ((1000 * count) / (series * (rows - WARM_UP_ROWS))).toFixed(4));
  console.log(`${name.padEnd(24)} ${rates.map((rate) => rate.padStart(8)).join('')}`);
}
