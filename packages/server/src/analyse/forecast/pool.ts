/**
 * Which methods take part in the combination for a series. All of them see the
 * history on the scale of its transform and answer for several origins at once.
 */
import { autoregressionForecasts, lagsFor } from './autoregression.ts';
import { type Decomposition, decompose } from './decomposition.ts';
import { mean } from './numeric.ts';
import { lastSeason, lastValue, lineAndSeason, seasonMean, theta } from './plain.ts';
import { smoothingForecasts } from './smoothing.ts';

/** Forecasts of `horizon` values after each of the ascending origins (numbers of values known). */
export type Method = (values: Float64Array, origins: readonly number[], horizon: number) => Float64Array[];

/** A method under its name. */
export interface NamedMethod {
  readonly name: string;
  readonly run: Method;
}

/** Adjusted values that a method on a decomposition is fitted to; older ones tell it nothing about the level. */
const adjustedMost = 1500;

/**
 * The methods for a history with these seasons (ascending, at most two) whose
 * earliest origin is `first`. With a season found strong, those without are left out.
 */
export function methodsFor(
  seasons: readonly number[],
  first: number,
  seasonIsStrong: boolean,
): NamedMethod[] {
  const methods: NamedMethod[] = [];
  if (!seasonIsStrong || seasons.length === 0) methods.push(...seasonless(first));
  if (seasons.length > 0) methods.push(...seasonal(seasons, first));
  return methods;
}

function seasonless(first: number): NamedMethod[] {
  const methods: NamedMethod[] = [{ name: 'naive', run: lastValue }];
  if (first < 4) return methods;
  methods.push(
    { name: 'ses', run: smoothing('none', [], false) },
    { name: 'holt', run: smoothing('linear', [], false) },
    { name: 'damped', run: smoothing('damped', [], false) },
    { name: 'theta', run: theta },
  );
  if (first < 12) return methods;
  methods.push(
    { name: 'damped-memory', run: smoothing('damped', [], true) },
    { name: 'ar-differences-5', run: onDifferences(5, 20) },
    { name: 'ar-differences-10', run: onDifferences(10, 50) },
    { name: 'ar-5', run: autoregression(5, 0.1) },
  );
  return methods;
}

function seasonal(seasons: readonly number[], first: number): NamedMethod[] {
  const shortest = seasons[0]!;
  const longest = seasons.at(-1)!;
  const partsAt = decompositions(seasons);
  const methods: NamedMethod[] = [
    { name: `seasonal-naive-${longest}`, run: (v, o, h) => lastSeason(v, o, h, longest) },
    { name: `seasonal-mean-${longest}`, run: (v, o, h) => seasonMean(v, o, h, longest, 0.8) },
    { name: `holt-winters-${shortest}`, run: smoothing('none', [shortest], false) },
    { name: `holt-winters-memory-${shortest}`, run: smoothing('none', [shortest], true) },
    { name: `holt-winters-damped-${shortest}`, run: smoothing('damped', [shortest], false) },
    { name: 'stl-damped', run: onDecomposition(seasons, partsAt, smoothing('damped', [], false)) },
    { name: 'stl-memory', run: onDecomposition(seasons, partsAt, smoothing('none', [], true)) },
    { name: 'stl-ar', run: onDecomposition(seasons, partsAt, autoregression(3, 1, shortest)) },
    { name: 'ar-seasonal', run: seasonalRegression(seasons, first, 1, 10) },
    { name: 'ar-seasonal-shrunk', run: seasonalRegression(seasons, first, 10, 1) },
    { name: `line-and-season-${longest}`, run: (v, o, h) => lineAndSeason(v, o, h, longest) },
  ];
  if (longest !== shortest) {
    methods.push(
      { name: `seasonal-naive-${shortest}`, run: (v, o, h) => lastSeason(v, o, h, shortest) },
      { name: `seasonal-mean-${shortest}`, run: (v, o, h) => seasonMean(v, o, h, shortest, 0.8) },
      { name: `holt-winters-memory-${longest}`, run: smoothing('none', [longest], true) },
      { name: 'double-seasonal', run: smoothing('none', seasons, false) },
      { name: 'double-seasonal-memory', run: smoothing('none', seasons, true) },
      { name: `ar-seasonal-${shortest}`, run: seasonalRegression([shortest], first, 1, 10) },
    );
  }
  return methods;
}

function smoothing(
  slope: 'none' | 'damped' | 'linear',
  seasons: readonly number[],
  errorMemory: boolean,
): Method {
  return (values, origins, horizon) =>
    smoothingForecasts(values, origins, horizon, { slope, seasons, errorMemory });
}

/** Regression on the last `order` values, and on those around a `season` ago if one is given; no seasonal terms. */
function autoregression(order: number, lagPenalty: number, season?: number): Method {
  return (values, origins, horizon) => {
    const room = Math.floor(origins[0]! / 3);
    const lags = Array.from({ length: order }, (_, k) => k + 1);
    if (season !== undefined) for (const lag of [season, season + 1]) if (lag > order) lags.push(lag);
    const shape = { seasons: [], lags: lags.filter((lag) => lag <= room), lagPenalty, seasonPenalty: 1 };
    return autoregressionForecasts(values, origins, horizon, shape);
  };
}

/** Regression on the lags and the phases of the seasons. */
function seasonalRegression(
  seasons: readonly number[],
  first: number,
  lagPenalty: number,
  seasonPenalty: number,
): Method {
  const lags = lagsFor(seasons, first);
  const shape = { seasons, lags, lagPenalty, seasonPenalty };
  return (values, origins, horizon) => autoregressionForecasts(values, origins, horizon, shape);
}

/** Regression of each difference on the last `order` differences, summed up again. */
function onDifferences(order: number, lagPenalty: number): Method {
  const inner = autoregression(order, lagPenalty);
  return (values, origins, horizon) => {
    const steps = new Float64Array(values.length - 1);
    for (let t = 0; t < steps.length; t++) steps[t] = values[t + 1]! - values[t]!;
    const ahead = inner(
      steps,
      origins.map((origin) => origin - 1),
      horizon,
    );
    const doubtful = doubtfulMean(steps.subarray(0, origins[0]! - 1));
    return ahead.map((path, index) => {
      let level = values[origins[index]! - 1]!;
      return path.map((step) => (level += step - doubtful));
    });
  };
}

/** The part of the mean step that its own uncertainty leaves in doubt: all of it at t = 0, nothing on a line. */
function doubtfulMean(steps: Float64Array): number {
  const average = mean(steps);
  const variance = mean(steps.map((step) => (step - average) ** 2)) / steps.length;
  return variance > 0 ? (average * 2 * variance) / (average ** 2 + 2 * variance) : 0;
}

type PartsAt = (values: Float64Array, origin: number) => Decomposition;

/** Decompositions of the first `origin` values, each made once for all methods that stand on it. */
function decompositions(seasons: readonly number[]): PartsAt {
  const known = new WeakMap<Float64Array, Map<number, Decomposition>>();
  return (values, origin) => {
    let byOrigin = known.get(values);
    if (byOrigin === undefined) known.set(values, (byOrigin = new Map()));
    let parts = byOrigin.get(origin);
    if (parts === undefined) byOrigin.set(origin, (parts = decompose(values.subarray(0, origin), seasons)));
    return parts;
  };
}

/** A method on the seasonally adjusted values of each origin, with the latest cycle of each season put back. */
function onDecomposition(seasons: readonly number[], partsAt: PartsAt, inner: Method): Method {
  return (values, origins, horizon) =>
    origins.map((origin) => {
      const { adjusted, cycles } = partsAt(values, origin);
      const recent = adjusted.subarray(Math.max(0, origin - adjustedMost));
      const flat = inner(recent, [recent.length], horizon)[0]!;
      return flat.map((value, h) => {
        let sum = value;
        cycles.forEach((cycle, which) => (sum += cycle[(origin + h) % seasons[which]!]!));
        return sum;
      });
    });
}
