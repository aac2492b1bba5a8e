/**
 * How honest intervals are on short histories: the development series cut to
 * their last values, and the share of the hidden ones that the intervals cover,
 * single steps and running sums.
 *
 *   node bench/forecast/short.ts
 */
import { type Forecast, forecast } from '../../packages/server/src/analyse/forecast/forecast.ts';
import { type DevelopmentSeries, hourlySeries } from './hourly-series.ts';
import { dailySeries, weeklySeries } from './slow-series.ts';

const hourMs = 3_600_000;
const lengths = [1, 2, 3, 5, 8, 12, 20, 40, 100, 200, 400];
const groups = [
  { name: 'hourly', stepMs: hourMs, series: hourlySeries(200, 48, 3) },
  { name: 'daily', stepMs: 24 * hourMs, series: dailySeries(200, 14, 3) },
  { name: 'weekly', stepMs: 168 * hourMs, series: weeklySeries(200, 13, 3) },
];

/** Shares covered: steps at 80 and 95 %, sums at 80 and 95 %. */
function cover(all: readonly DevelopmentSeries[], length: number, stepMs: number): number[] {
  const within = [0, 0, 0, 0];
  let steps = 0;
  const count = (which: number, value: number, low: number | undefined, high: number | undefined): void => {
    if (value >= (low ?? 0) && value <= (high ?? 0)) within[which] = (within[which] ?? 0) + 1;
  };
  for (const series of all) {
    const values = series.history.slice(-length);
    const timestampsMs = values.map((_, t) => t * stepMs);
    const made: Forecast = forecast({ timestampsMs, values }, { horizon: series.future.length });
    let sum = 0;
    series.future.forEach((value, h) => {
      sum += value;
      steps++;
      count(0, value, made.lower80[h], made.upper80[h]);
      count(1, value, made.lower95[h], made.upper95[h]);
      count(2, sum, made.cumulative.lower80[h], made.cumulative.upper80[h]);
      count(3, sum, made.cumulative.lower95[h], made.cumulative.upper95[h]);
    });
  }
  return within.map((inside) => inside / steps);
}

console.log('group    values   steps 80 %  95 %   sums 80 %  95 %');
for (const { name, stepMs, series } of groups) {
  for (const length of lengths) {
    const shares = cover(series, length, stepMs).map((share) => (100 * share).toFixed(1).padStart(6));
    console.log(`${name.padEnd(8)} ${String(length).padStart(6)}      ${shares.join(' ')}`);
  }
}
