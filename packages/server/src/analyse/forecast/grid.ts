/**
 * From observations at any times to values at equal steps. The step is the
 * usual distance of neighbours; observations of one step are averaged, steps
 * without one are filled between their neighbours, and marked, so that no
 * forecast is judged by them. A daily series that has no weekends is taken as a
 * series of working days.
 */
/** Observations; values that are not finite count as missing. Times need not be sorted. */
export interface Series {
  /** Milliseconds since the epoch, as many as values; may be left out where only the order is known. */
  readonly timestampsMs?: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** `positions` if timestampsMs only count (1, 2, 3, …) and have no calendar; instants by default. */
  readonly times?: 'instants' | 'positions';
}

/** Values at equal steps. */
export interface Grid {
  readonly values: Float64Array;
  /** 1 where the value was observed, 0 where it was filled in. */
  readonly observed: Uint8Array;
  /** Length of a step; 0 where only the order is known. */
  readonly stepMs: number;
  /** The time `ahead` steps after the last value (1 is the next), or undefined where only the order is known. */
  timeMs(ahead: number): number | undefined;
  /** Whether steps are working days (Monday to Friday). */
  readonly workingDays: boolean;
}

/** A gap is filled up to this many times the number of observations; beyond, the grid would be mostly invented. */
const gridPerObservationMost = 20;
/** Share of its length that a grid may slip against the times before its step is refined. */
const slipShareMost = 0.005;
const dayMs = 86_400_000;
/** From this step on steps are months or multiples of them. */
const monthLeastMs = 28 * dayMs;

/** Lays observations on a grid. Throws RangeError if times and values differ in number. */
export function toGrid(series: Series): Grid {
  const { timestampsMs, values } = series;
  if (timestampsMs === undefined) return byOrder(values);
  if (timestampsMs.length !== values.length) throw new RangeError('timestampsMs and values differ in length');
  const points: { at: number; value: number }[] = [];
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(timestampsMs[i]!) && Number.isFinite(values[i]!)) {
      points.push({ at: timestampsMs[i]!, value: values[i]! });
    }
  }
  points.sort((a, b) => a.at - b.at);
  const steps: number[] = [];
  for (let i = 1; i < points.length; i++) {
    const step = points[i]!.at - points[i - 1]!.at;
    if (step > 0) steps.push(step);
  }
  const stepMs = stepOf(steps);
  const first = points[0];
  if (first === undefined || stepMs <= 0) return byOrder(points.map((point) => point.value));
  if (series.times === 'positions') return { ...byStep(points, first.at, stepMs, false), stepMs: 0 };
  if (stepMs >= monthLeastMs) return byMonth(points, stepMs);
  return byStep(points, first.at, stepMs, Math.abs(stepMs / dayMs - 1) < 0.01 && isWithoutWeekends(points));
}

/**
 * The usual distance of neighbours, if most distances are exactly that and a
 * grid of it hardly slips over the whole; otherwise (scrapes that jitter or
 * drift) the mean per step.
 */
function stepOf(distances: readonly number[]): number {
  const sorted = distances.toSorted((a, b) => a - b);
  const usual = sorted[(sorted.length - 1) >> 1];
  if (usual === undefined) return 0;
  let total = 0;
  let steps = 0;
  let exact = 0;
  for (const distance of distances) {
    total += distance;
    steps += Math.max(1, Math.round(distance / usual));
    if (distance === usual) exact++;
  }
  const slip = Math.abs(total / usual - steps);
  return exact >= distances.length / 2 && slip < Math.max(1, slipShareMost * steps) ? usual : total / steps;
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function byOrder(values: ArrayLike<number>): Grid {
  const kept = Float64Array.from(values);
  const observed = Uint8Array.from(kept, (value) => (Number.isFinite(value) ? 1 : 0));
  fill(kept, observed);
  return { values: kept, observed, stepMs: 0, workingDays: false, timeMs: () => undefined };
}

function byStep(points: readonly Point[], firstMs: number, stepMs: number, workingDays: boolean): Grid {
  const indexOf = (at: number): number =>
    workingDays ? workingDayNumber(at) - workingDayNumber(firstMs) : Math.round((at - firstMs) / stepMs);
  const lastMs = points.at(-1)!.at;
  const size = Math.min(indexOf(lastMs) + 1, gridPerObservationMost * points.length);
  const offset = indexOf(lastMs) + 1 - size;
  const sums = new Float64Array(size);
  const counts = new Float64Array(size);
  for (const point of points) {
    const index = indexOf(point.at) - offset;
    if (index < 0) continue;
    sums[index]! += point.value;
    counts[index]!++;
  }
  const observed = Uint8Array.from(counts, (count) => (count > 0 ? 1 : 0));
  const values = sums.map((sum, index) => (counts[index]! > 0 ? sum / counts[index]! : Number.NaN));
  fill(values, observed);
  const gridLastMs = workingDays ? lastMs : firstMs + indexOf(lastMs) * stepMs;
  const timeMs = (ahead: number): number =>
    workingDays ? afterWorkingDays(gridLastMs, ahead) : gridLastMs + ahead * stepMs;
  return { values, observed, stepMs, workingDays, timeMs };
}

/** Months, quarters and years have unequal lengths: their steps are counted in the calendar (UTC). */
function byMonth(points: readonly Point[], stepMs: number): Grid {
  const monthsPerStep = Math.max(1, Math.round(stepMs / (30.44 * dayMs)));
  const monthOf = (at: number): number => {
    const date = new Date(at);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  };
  const first = points[0]!.at;
  const shape = byStep(
    points.map((point) => ({
      at: Math.round((monthOf(point.at) - monthOf(first)) / monthsPerStep),
      value: point.value,
    })),
    0,
    1,
    false,
  );
  const last = new Date(points.at(-1)!.at);
  const timeMs = (ahead: number): number => {
    const moved = new Date(last);
    moved.setUTCDate(1);
    moved.setUTCMonth(moved.getUTCMonth() + ahead * monthsPerStep);
    const daysInMonth = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
    moved.setUTCDate(Math.min(last.getUTCDate(), daysInMonth));
    return moved.getTime();
  };
  return { ...shape, stepMs, timeMs };
}

function isWithoutWeekends(points: readonly Point[]): boolean {
  return points.length >= 10 && points.every((point) => ((Math.floor(point.at / dayMs) + 4) % 7) % 6 !== 0);
}

/** Working days since an epoch; only differences matter. Day 0 of Unix time was a Thursday. */
function workingDayNumber(at: number): number {
  const day = Math.floor(at / dayMs) + 3;
  return Math.floor(day / 7) * 5 + Math.min(4, day % 7);
}

function afterWorkingDays(at: number, ahead: number): number {
  let moved = at;
  for (let left = ahead; left > 0; ) {
    moved += dayMs;
    if (((Math.floor(moved / dayMs) + 4) % 7) % 6 !== 0) left--;
  }
  return moved;
}

/** Fills missing values on a line between their neighbours, at the ends with the nearest. */
function fill(values: Float64Array, observed: Uint8Array): void {
  let before = -1;
  for (let t = 0; t < values.length; t++) {
    if (observed[t] === 0) continue;
    for (let gap = before + 1; gap < t; gap++) {
      const share = before < 0 ? 1 : (gap - before) / (t - before);
      values[gap] = before < 0 ? values[t]! : values[before]! + share * (values[t]! - values[before]!);
    }
    before = t;
  }
  if (before >= 0) values.fill(values[before]!, before + 1);
}
