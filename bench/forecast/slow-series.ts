/**
 * Development series that look like the daily and weekly parts of the M4
 * competition: mostly near random walks with changing volatility, some with
 * momentum, some noisy about a level, some trending, some with a weekly or a
 * yearly season. The shares are such that smoothing, Holt's line, the damped line
 * and their mean end within a few percent of the last value on daily series, and
 * the lines some ten percent before it on weekly ones.
 */
import type { DevelopmentSeries } from './hourly-series.ts';
import { type Random, seeded } from '../../packages/server/src/analyse/forecast/test-random.ts';

/** Market-like: a random walk in logarithms whose volatility comes in spells, heavy tails, hardly any drift. */
function market(random: Random, length: number, stepDeviation: number): number[] {
  let logarithm = Math.log(10 ** random.between(2, 4));
  let volatility = 0;
  const momentum = random.between(-0.08, 0.12);
  const drift = random.between(-0.02, 0.06) * stepDeviation;
  let step = 0;
  return Array.from({ length }, () => {
    volatility = 0.98 * volatility + 0.1 * random.normal();
    step = momentum * step + drift + stepDeviation * Math.exp(volatility) * random.student(5);
    logarithm += step;
    return Math.exp(logarithm);
  });
}

/** Rates, stocks and indices that move in spells: differences that remember their sign for a while. */
function momentum(random: Random, length: number, stepDeviation: number, noiseMost: number): number[] {
  let level = 10 ** random.between(2, 4);
  const memory = random.between(0.3, 0.95);
  let slope = 0;
  const noise = random.between(0.5, noiseMost);
  return Array.from({ length }, () => {
    slope = memory * slope + Math.sqrt(1 - memory ** 2) * stepDeviation * random.student(5);
    level *= Math.exp(0.6 * slope + noise * 0.3 * stepDeviation * random.student(5));
    return level;
  });
}

/** Measurements of something that moves slowly: a random walk under noise. */
function noisyLevel(random: Random, length: number, stepDeviation: number): number[] {
  let level = 10 ** random.between(2, 4);
  const noise = random.between(0.5, 4) * stepDeviation;
  return Array.from({ length }, () => {
    level *= Math.exp(stepDeviation * 0.5 * random.student(5));
    return level * Math.exp(noise * random.student(5));
  });
}

/** Stocks of people, accounts or machines: a slope that changes a few times, little noise. */
function trending(random: Random, length: number, stepDeviation: number, noiseMost: number): number[] {
  let level = 10 ** random.between(2.5, 4);
  let slope = random.between(-0.4, 1) * stepDeviation;
  const noise = random.between(0.25, noiseMost);
  return Array.from({ length }, () => {
    if (random.chance(3 / length + 0.006)) slope = random.between(-0.5, 1) * stepDeviation;
    level *= Math.exp(0.5 * slope + noise * stepDeviation * random.student(5));
    return level;
  });
}

/** A moving level with a season of `period` steps, weak or strong, and noise. */
function seasonal(random: Random, length: number, stepDeviation: number, period: number): number[] {
  let logarithm = Math.log(10 ** random.between(2, 4));
  const height = random.between(0.8, 8) * stepDeviation;
  const raw = Array.from({ length: 3 }, () => ({
    height: random.normal(),
    turn: random.between(0, 2 * Math.PI),
  }));
  const profile = (position: number): number =>
    raw.reduce(
      (sum, wave, k) =>
        sum + (wave.height / (k + 1)) * Math.sin(((k + 1) * 2 * Math.PI * position) / period + wave.turn),
      0,
    );
  const noise = random.between(0.3, 2) * stepDeviation;
  return Array.from({ length }, (_, t) => {
    logarithm += 0.35 * stepDeviation * random.student(5);
    return Math.exp(logarithm + height * profile(t) + noise * random.student(5));
  });
}

/** A quantity that stays put and moves now and then, such as an administered price. */
function stairs(random: Random, length: number, stepDeviation: number): number[] {
  let level = 10 ** random.between(2, 4);
  const calm = random.between(0.5, 0.9);
  return Array.from({ length }, () => {
    if (!random.chance(calm)) level *= Math.exp(stepDeviation * 1.5 * random.student(5));
    return Math.round(level * 10) / 10;
  });
}

/** `count` daily series of 93 to 9,900 points, each followed by `horizon` hidden values. */
export function dailySeries(count: number, horizon: number, seed: number): DevelopmentSeries[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seeded(seed + 104_729 * index);
    const draw = random.uniform();
    const length = Math.round(random.chance(0.15) ? random.between(93, 400) : 10 ** random.between(2.6, 3.8));
    const total = length + horizon;
    const deviation = 10 ** random.between(-2.6, -1.7);
    if (draw < 0.6) return split(`market-${index}`, market(random, total, deviation), length);
    if (draw < 0.75) return split(`momentum-${index}`, momentum(random, total, deviation, 4.5), length);
    if (draw < 0.79) return split(`noisy-${index}`, noisyLevel(random, total, deviation), length);
    if (draw < 0.88) return split(`trending-${index}`, trending(random, total, deviation, 3), length);
    if (draw < 0.94) return split(`stairs-${index}`, stairs(random, total, deviation), length);
    return split(`week-${index}`, seasonal(random, total, deviation, 7), length);
  });
}

/** `count` weekly series of 80 to 2,600 points, each followed by `horizon` hidden values. */
export function weeklySeries(count: number, horizon: number, seed: number): DevelopmentSeries[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seeded(seed + 15_485_863 * index);
    const draw = random.uniform();
    const length = Math.round(random.chance(0.2) ? random.between(80, 250) : random.between(250, 2200));
    const total = length + horizon;
    const deviation = 10 ** random.between(-2.3, -1.35);
    if (draw < 0.28) return split(`market-${index}`, market(random, total, deviation), length);
    if (draw < 0.48) return split(`momentum-${index}`, momentum(random, total, deviation, 3), length);
    if (draw < 0.63) return split(`noisy-${index}`, noisyLevel(random, total, deviation), length);
    if (draw < 0.8) return split(`trending-${index}`, trending(random, total, deviation, 1.5), length);
    return split(`year-${index}`, seasonal(random, total, deviation, 52.18), length);
  });
}

function split(name: string, values: readonly number[], length: number): DevelopmentSeries {
  return {
    name,
    history: Float64Array.from(values.slice(0, length)),
    future: Float64Array.from(values.slice(length)),
  };
}
