/**
 * Notices that the traffic of an application's task has moved from one model to another:
 * the share of one has fallen and that of another risen, by more than shares of its hours
 * differ anyway and by more than chance would.
 */

import type { SeriesSource } from '../series/series.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far back changes are looked for, and how much before and after one is compared. */
const LOOKED_MS = 7 * DAY_MS;
const BEFORE_HOURS = 72;
const AFTER_HOURS = 24;
/** Hours with requests that each side needs; before it at least a day, so that a habit of the night is no news. */
const BEFORE_HOURS_MIN = 20;
const AFTER_HOURS_MIN = 3;
/** Requests that each side needs. */
const REQUESTS_MIN = 50;
/** A share has moved by at least so much, by so many standard deviations of the shares of hours, and of chance. */
const CHANGE_MIN = 0.2;
const HOURLY_SIGMAS = 3;
const CHANCE_SIGMAS = 6;
/** Applications, tasks and models that are looked at, those with the most requests. */
const SERIES_MAX = 1000;

/** A change of model. */
export interface ModelChange {
  /** Empty where the requests do not say. */
  readonly application: string;
  readonly taskType: string;
  /** Whose share fell most, and whose rose most. */
  readonly from: string;
  readonly to: string;
  /** The share of requests that `to` had before and has after. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** The start of the first hour after it, epoch milliseconds. */
  readonly atMs: number;
}

/** Looks for changes up to a time. The hour in progress is left out. */
export async function findModelChanges(source: SeriesSource, nowMs: number): Promise<ModelChange[]> {
  const toMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const fromMs = toMs - LOOKED_MS - BEFORE_HOURS * HOUR_MS;
  const found = await source.query({
    measure: 'requests',
    by: ['application', 'task_type', 'model'],
    where: [],
    fromMs,
    toMs,
    stepMs: HOUR_MS,
    seriesMax: SERIES_MAX,
  });
  const groups = new Map<string, Map<string, readonly number[]>>();
  for (const { labels, values } of found) {
    const key = JSON.stringify([labels['application'] ?? '', labels['task_type'] ?? '']);
    const models = groups.get(key) ?? new Map<string, readonly number[]>();
    groups.set(key, models.set(labels['model'] ?? '', values));
  }
  return [...groups].flatMap(([key, models]) => {
    const change = changeOf(models);
    if (change === null) return [];
    const [application = '', taskType = ''] = JSON.parse(key) as string[];
    const { hour, ...rest } = change;
    return [{ application, taskType, ...rest, atMs: fromMs + hour * HOUR_MS }];
  });
}

type Found = Pick<ModelChange, 'from' | 'to' | 'shareBefore' | 'shareAfter'> & { readonly hour: number };

/**
 * The plainest change of one group, or null.
 *
 * @param models requests by the hour, by the model.
 */
export function changeOf(models: ReadonlyMap<string, readonly number[]>): Found | null {
  if (models.size < 2) return null;
  const hours = [...models.values()][0]?.length ?? 0;
  const totals = Array.from({ length: hours }, (_none, hour) =>
    [...models.values()].reduce((sum, values) => sum + (values[hour] ?? 0), 0),
  );
  let plainest: { readonly found: Found; readonly weight: number; readonly afterHours: number } | null = null;
  for (let hour = BEFORE_HOURS_MIN; hour < hours; hour += 1) {
    const before = range(totals, Math.max(0, hour - BEFORE_HOURS), hour);
    const after = range(totals, hour, Math.min(hours, hour + AFTER_HOURS));
    const isEnough =
      before.hours.length >= BEFORE_HOURS_MIN && Math.min(before.requests, after.requests) >= REQUESTS_MIN;
    if (!isEnough) continue;
    const moved = [...models].map(([model, values]) => ({
      model,
      ...compare(values, totals, before, after),
    }));
    const up = moved.toSorted((a, b) => b.change - a.change)[0];
    const down = moved.toSorted((a, b) => a.change - b.change)[0];
    if (up === undefined || down === undefined || !up.isPlain || !down.isPlain) continue;
    // Where both sides differ most from each other, as a split of the squares tells it.
    const weight = (up.change ** 2 * before.requests * after.requests) / (before.requests + after.requests);
    if (plainest !== null && weight <= plainest.weight) continue;
    const { before: shareBefore, after: shareAfter } = up;
    plainest = {
      weight,
      afterHours: after.hours.length,
      found: { from: down.model, to: up.model, shareBefore, shareAfter, hour },
    };
  }
  // One that is too young is told later, at its own hour, and not now at an earlier one.
  return plainest !== null && plainest.afterHours >= AFTER_HOURS_MIN ? plainest.found : null;
}

interface Side {
  /** The hours that have requests. */
  readonly hours: readonly number[];
  readonly requests: number;
}

function range(totals: readonly number[], from: number, to: number): Side {
  const hours: number[] = [];
  let requests = 0;
  for (let hour = from; hour < to; hour += 1) {
    const count = totals[hour] ?? 0;
    if (count > 0) hours.push(hour);
    requests += count;
  }
  return { hours, requests };
}

function compare(values: readonly number[], totals: readonly number[], before: Side, after: Side) {
  const share = ({ hours, requests }: Side): number =>
    hours.reduce((sum, hour) => sum + (values[hour] ?? 0), 0) / requests;
  const [shareBefore, shareAfter] = [share(before), share(after)];
  const change = shareAfter - shareBefore;
  // Hours with many requests tell more of what is usual.
  const spread = Math.sqrt(
    before.hours.reduce((sum, hour) => {
      const total = totals[hour] ?? 1;
      return sum + total * ((values[hour] ?? 0) / total - shareBefore) ** 2;
    }, 0) / before.requests,
  );
  const pooled =
    (shareBefore * before.requests + shareAfter * after.requests) / (before.requests + after.requests);
  const chance = Math.sqrt(pooled * (1 - pooled) * (1 / before.requests + 1 / after.requests));
  const size = Math.abs(change);
  const isPlain = size >= CHANGE_MIN && size >= HOURLY_SIGMAS * spread && size >= CHANCE_SIGMAS * chance;
  return { before: shareBefore, after: shareAfter, change, isPlain };
}
