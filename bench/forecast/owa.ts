/**
 * Measures the forecaster as the M4 competition measured: OWA against Naive2,
 * and what share of the hidden values its intervals cover, with the time it
 * takes, per group of development series, beside the competition's benchmarks.
 *
 *   node bench/forecast/owa.ts [--count N] [--seed S] [--group NAME] [--families]
 *
 * OWA is the mean of sMAPE and MASE, each relative to Naive2's over the group.
 * MSIS is the mean scaled interval score of the 95 % intervals (lower is better).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  seasonalNaiveError,
  symmetricPercentageError,
} from '../../packages/server/src/analyse/forecast/accuracy.ts';
import { type Forecast, forecast } from '../../packages/server/src/analyse/forecast/forecast.ts';
import { type DevelopmentSeries, hourlySeries } from './hourly-series.ts';
import { nabHourly, servegenHourly } from './real-series.ts';
import { rivalForecasts } from './rivals.ts';
import { dailySeries, weeklySeries } from './slow-series.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2024, 0, 1);
const dataDir = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

interface Group {
  readonly name: string;
  readonly period: number;
  readonly stepMs: number;
  series(count: number, seed: number): DevelopmentSeries[];
}

const groups: readonly Group[] = [
  { name: 'hourly', period: 24, stepMs: hourMs, series: (count, seed) => hourlySeries(count, 48, seed) },
  { name: 'daily', period: 1, stepMs: 24 * hourMs, series: (count, seed) => dailySeries(count, 14, seed) },
  { name: 'weekly', period: 1, stepMs: 168 * hourMs, series: (count, seed) => weeklySeries(count, 13, seed) },
  { name: 'servegen', period: 24, stepMs: hourMs, series: () => servegenHourly(dataDir, 48) },
  { name: 'nab', period: 24, stepMs: hourMs, series: () => nabHourly(dataDir, 48) },
];

/** Sums over a group of series. */
class Tally {
  count = 0;
  smape = 0;
  mase = 0;
  steps = 0;
  within80 = 0;
  within95 = 0;
  msis = 0;

  addPoint(series: DevelopmentSeries, point: ArrayLike<number>, yardstick: number): void {
    let absolute = 0;
    let relative = 0;
    series.future.forEach((actual, h) => {
      absolute += Math.abs(actual - (point[h] ?? 0));
      relative += symmetricPercentageError(actual, point[h] ?? 0);
    });
    this.count++;
    this.smape += relative / series.future.length;
    this.mase += absolute / series.future.length / yardstick;
  }

  addIntervals(series: DevelopmentSeries, bands: Forecast, yardstick: number): void {
    let score = 0;
    series.future.forEach((actual, h) => {
      const low = bands.lower95[h] ?? 0;
      const high = bands.upper95[h] ?? 0;
      this.steps++;
      if (actual >= low && actual <= high) this.within95++;
      if (actual >= (bands.lower80[h] ?? 0) && actual <= (bands.upper80[h] ?? 0)) this.within80++;
      score += high - low + 40 * (Math.max(0, low - actual) + Math.max(0, actual - high));
    });
    this.msis += score / series.future.length / yardstick;
  }

  owa(base: Tally): number {
    return 0.5 * (this.smape / base.smape + this.mase / base.mase);
  }

  line(name: string, base: Tally): string {
    const cells = [
      name.padEnd(34),
      (this.smape / this.count).toFixed(3).padStart(8),
      (this.mase / this.count).toFixed(3).padStart(8),
      this.owa(base).toFixed(3).padStart(8),
    ];
    if (this.steps > 0) {
      cells.push(
        `${((100 * this.within80) / this.steps).toFixed(1)} %`.padStart(9),
        `${((100 * this.within95) / this.steps).toFixed(1)} %`.padStart(9),
        (this.msis / this.count).toFixed(1).padStart(8),
      );
    }
    return cells.join('');
  }
}

function measure(group: Group, count: number, seed: number, byFamily: boolean): void {
  const tallies = new Map<string, Tally>();
  const tally = (name: string): Tally => {
    let found = tallies.get(name);
    if (!found) tallies.set(name, (found = new Tally()));
    return found;
  };
  let elapsedMs = 0;
  let slowestMs = 0;
  for (const series of group.series(count, seed)) {
    const yardstick = seasonalNaiveError(series.history, group.period);
    if (!(yardstick > 0)) continue;
    const family = series.name.split(/[-@]/)[0] ?? '';
    const horizon = series.future.length;
    const timestampsMs = Float64Array.from(series.history, (_, t) => startMs + t * group.stepMs);
    const before = process.cpuUsage();
    const ours = forecast({ timestampsMs, values: series.history }, { horizon });
    const used = process.cpuUsage(before);
    const tookMs = (used.user + used.system) / 1000;
    elapsedMs += tookMs;
    slowestMs = Math.max(slowestMs, tookMs);
    for (const name of byFamily ? ['bellwether', `${family} bellwether`] : ['bellwether']) {
      tally(name).addPoint(series, ours.point, yardstick);
      tally(name).addIntervals(series, ours, yardstick);
    }
    const rivals = rivalForecasts(series.history, group.period, horizon);
    for (const [name, point] of Object.entries(rivals)) {
      tally(name).addPoint(series, point, yardstick);
      if (byFamily) tally(`${family} ${name}`).addPoint(series, point, yardstick);
    }
  }
  const size = tally('bellwether').count;
  console.log(
    `\n${group.name}: ${size} series, ${(elapsedMs / size).toFixed(0)} ms of processor time a series, at most ${slowestMs.toFixed(0)} ms`,
  );
  console.log(`${' '.repeat(34)}   sMAPE    MASE     OWA   80 % in   95 % in    MSIS`);
  for (const [name, sums] of tallies) {
    const family = name.includes(' ') ? name.split(' ')[0] : '';
    if (family !== '' && !/bellwether|comb|snaive/.test(name)) continue;
    console.log(sums.line(name, tally(family === '' ? 'naive2' : `${family} naive2`)));
  }
}

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    group: { type: 'string' },
    families: { type: 'boolean', default: false },
  },
});
for (const group of groups) {
  if (options.group !== undefined && !options.group.split(',').includes(group.name)) continue;
  const isReal = group.name === 'servegen' || group.name === 'nab';
  if (isReal && !existsSync(dataDir)) {
    console.log(`\n${group.name}: left out, there is no ${dataDir}`);
    continue;
  }
  measure(group, Number(options.count), Number(options.seed), options.families);
}
