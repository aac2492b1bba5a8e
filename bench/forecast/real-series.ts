/**
 * Development series from public data beside the checkout: the load of a model
 * service (ServeGen, requests per client summed to hours) and the NAB series
 * averaged to hours, cut into windows that end at different times of the week.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DevelopmentSeries } from './hourly-series.ts';

const hourMs = 3_600_000;

/** Hourly requests of every client that was busy in at least half of its hours; 14 days each. */
export function servegenHourly(dataDir: string, horizon: number): DevelopmentSeries[] {
  const text = gunzipSync(readFileSync(join(dataDir, 'servegen', 'client_windows_10min.csv.gz'))).toString();
  const clients = new Map<string, Float64Array>();
  for (const line of text.split('\n').slice(1)) {
    const [, client = '', startSeconds, requests] = line.split(',');
    if (requests === undefined) continue;
    let hours = clients.get(client);
    if (!hours) clients.set(client, (hours = new Float64Array(336)));
    const hour = Math.floor(Number(startSeconds) / 3600);
    hours[hour] = (hours[hour] ?? 0) + Number(requests);
  }
  const series: DevelopmentSeries[] = [];
  for (const [client, hours] of clients) {
    if (hours.filter((value) => value > 0).length < hours.length / 2) continue;
    series.push(cut(`servegen-${client}`, hours, 0, hours.length - horizon, horizon));
  }
  return series;
}

/** Hourly means of every NAB series, in windows of up to 960 hours ending at different hours. */
export function nabHourly(dataDir: string, horizon: number): DevelopmentSeries[] {
  const series: DevelopmentSeries[] = [];
  const base = join(dataDir, 'nab', 'data');
  for (const folder of readdirSync(base)) {
    if (folder.startsWith('artificial')) continue;
    for (const file of readdirSync(join(base, folder))) {
      const hours = hourlyMeans(readFileSync(join(base, folder, file), 'utf8'));
      const length = Math.min(960, Math.floor((hours.length - horizon) * 0.8));
      if (length < 200) continue;
      for (let end = hours.length - horizon; end >= length; end -= 101) {
        series.push(cut(`${file.replace('.csv', '')}@${end}`, hours, end - length, length, horizon));
      }
    }
  }
  return series;
}

/** Means per hour of a CSV with UTC times; an hour without a row takes the value of a day before. */
function hourlyMeans(text: string): Float64Array {
  const sums: number[] = [];
  const counts: number[] = [];
  let first = Number.NaN;
  for (const line of text.split('\n').slice(1)) {
    const [stamp, value] = line.split(',');
    if (value === undefined || stamp === undefined) continue;
    const hour = Math.floor(Date.parse(`${stamp.replace(' ', 'T')}Z`) / hourMs);
    if (Number.isNaN(first)) first = hour;
    const index = hour - first;
    sums[index] = (sums[index] ?? 0) + Number(value);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const means = new Float64Array(sums.length);
  for (let i = 0; i < means.length; i++) {
    const count = counts[i] ?? 0;
    means[i] = count > 0 ? (sums[i] ?? 0) / count : (means[i - 24] ?? means[i - 1] ?? 0);
  }
  return means;
}

function cut(
  name: string,
  values: Float64Array,
  from: number,
  length: number,
  horizon: number,
): DevelopmentSeries {
  return {
    name,
    history: values.slice(from, from + length),
    future: values.slice(from + length, from + length + horizon),
  };
}
