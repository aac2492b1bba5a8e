import { describe, expect, it } from 'vitest';
import { BAND_RATIO, BUCKET_RATIO, loadEffects, type LoadOutcome, type LoadStep } from './load-effects.ts';

/** Hours of a model that were alike. */
interface Alike {
  readonly model: string;
  readonly hours: number;
  readonly load: number;
  readonly latencyMs: number;
  /** Of each hour. */
  readonly errors?: number;
  readonly limited?: number;
}

const logarithm = (value: number, base: number): number => Math.floor(Math.log(value) / Math.log(base));

function effectsOf(all: readonly Alike[], factor: number, others = 0): ReturnType<typeof loadEffects> {
  const steps = all.map(
    ({ model, hours, load }): LoadStep => ({
      provider: 'p',
      model,
      band: logarithm(load, BAND_RATIO),
      scaled_band: logarithm(load * factor, BAND_RATIO),
      hours,
      requests: hours * load,
      busiest: load,
    }),
  );
  const outcomes = all.map(
    ({ model, hours, load, latencyMs, errors = 0, limited = 0 }): LoadOutcome => ({
      provider: 'p',
      model,
      band: logarithm(load, BAND_RATIO),
      bucket: logarithm(latencyMs, BUCKET_RATIO),
      requests: hours * load,
      errors: hours * errors,
      limited: hours * limited,
    }),
  );
  const requests = steps.reduce((sum, step) => sum + step.requests, others);
  return loadEffects(steps, outcomes, requests, factor);
}

/** Latency as it is told: the middle of its bucket. */
const told = (latencyMs: number): number => BUCKET_RATIO ** (logarithm(latencyMs, BUCKET_RATIO) + 0.5);

describe('more traffic', () => {
  it('has each hour be like those in which its model had as many requests', () => {
    const effects = effectsOf(
      [
        { model: 'a', hours: 10, load: 100, latencyMs: 100 },
        { model: 'a', hours: 10, load: 200, latencyMs: 400, errors: 20, limited: 10 },
      ],
      2,
    );
    expect(effects).toEqual({
      known_ratio: 1000 / 3000,
      present: { latency_p95_ms: told(100), error_ratio: 0, rate_limited_ratio: 0 },
      supposed: { latency_p95_ms: told(400), error_ratio: 0.1, rate_limited_ratio: 0.05 },
      unknown: [
        {
          provider: 'p',
          model: 'a',
          requests_ratio: 2000 / 3000,
          busiest_hour: { present: 200, supposed: 400 },
        },
      ],
    });
    expect(Math.abs(told(400) / 400 - 1)).toBeLessThan(0.01);
  });

  it('does not take another mix of busy hours for what load does', () => {
    // The busiest hours are those of a quick batch. Pooled, busy hours would be quicker than the mean; no model is.
    const chat = { model: 'chat', latencyMs: 2000 };
    const batch = { model: 'batch', latencyMs: 20 };
    const {
      known_ratio: known,
      present,
      supposed,
    } = effectsOf(
      [
        { ...chat, hours: 20, load: 100 },
        { ...chat, hours: 20, load: 200, errors: 8 },
        { ...batch, hours: 5, load: 1000 },
        { ...batch, hours: 5, load: 2000 },
      ],
      2,
    );
    expect(known).toBe(7000 / 21_000);
    // Of the known requests 2,000 are of chat and 5,000 of the batch, before and after.
    expect(present).toEqual({ latency_p95_ms: told(2000), error_ratio: 0, rate_limited_ratio: 0 });
    expect(supposed).toEqual({
      latency_p95_ms: told(2000),
      error_ratio: expect.closeTo((0.04 * 2000) / 7000, 12),
      rate_limited_ratio: 0,
    });
  });

  it('is told of nothing that was seen in too few hours or requests', () => {
    const steps = (hours: number, load: number) =>
      effectsOf(
        [
          { model: 'a', hours: 10, load, latencyMs: 100 },
          { model: 'a', hours, load: load * 2, latencyMs: 100 },
        ],
        2,
      ).known_ratio;
    expect(steps(4, 100)).toBe(0);
    expect(steps(5, 100)).toBe(1000 / 2000);
    expect(steps(5, 2)).toBe(0);
    expect(steps(5, 3)).toBe(30 / 60);
  });

  it('does not know the models that were not looked at', () => {
    const all = [{ model: 'a', hours: 10, load: 100, latencyMs: 100 }];
    expect(effectsOf(all, 1, 3000)).toMatchObject({ known_ratio: 0.25, unknown: [] });
    expect(loadEffects([], [], 0, 2)).toEqual({ known_ratio: 0, present: null, supposed: null, unknown: [] });
  });

  it('changes nothing where there is no more', () => {
    const all = Array.from({ length: 30 }, (_, n) => ({
      model: `m${n % 3}`,
      hours: 5 + (n % 7),
      load: 10 + n * n,
      latencyMs: 50 + 37 * n,
      errors: n % 5,
    }));
    const { known_ratio: known, present, supposed } = effectsOf(all, 1);
    expect(known).toBe(1);
    expect(supposed).toEqual(present);
    const errors = all.reduce((sum, hour) => sum + hour.errors * hour.hours, 0);
    const requests = all.reduce((sum, hour) => sum + hour.load * hour.hours, 0);
    expect(present?.error_ratio).toBeCloseTo(errors / requests, 12);
  });
});
