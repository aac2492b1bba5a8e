import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import type { SeriesSource } from '../series/series.ts';
import { changeOf, findModelChanges } from './model-changes.ts';

const HOURS = 240;

/** Requests of two models by the hour: so many, of which this share goes to the second. */
function traffic(
  seed: number,
  requestsAt: (hour: number) => number,
  shareAt: (hour: number) => number,
): Map<string, number[]> {
  const random = new RandomStream(seed);
  const [old, young]: [number[], number[]] = [[], []];
  for (let hour = 0; hour < HOURS; hour += 1) {
    let moved = 0;
    const requests = requestsAt(hour);
    for (let n = 0; n < requests; n += 1) if (random.uniform() < shareAt(hour)) moved += 1;
    old.push(requests - moved);
    young.push(moved);
  }
  return new Map([
    ['old', old],
    ['young', young],
  ]);
}

describe('a change of model', () => {
  it('is found at its hour, however many requests there are', () => {
    for (const requests of [20, 200]) {
      const found = changeOf(
        traffic(
          1,
          () => requests,
          (hour) => (hour < 200 ? 0.02 : 0.97),
        ),
      );
      expect(found).toMatchObject({ from: 'old', to: 'young', hour: 200 });
      expect(found?.shareBefore).toBeLessThan(0.1);
      expect(found?.shareAfter).toBeGreaterThan(0.9);
    }
  });

  it('is found when a part of the traffic moves', () => {
    const found = changeOf(
      traffic(
        2,
        () => 100,
        (hour) => (hour < 230 ? 0.1 : 0.5),
      ),
    );
    expect(found).toMatchObject({ from: 'old', to: 'young', hour: 230 });
  });

  it('is none where shares are as they are, or move with the hours of the day', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const requests = (hour: number): number => Math.round(40 + 30 * Math.sin((hour / 24) * 2 * Math.PI));
      expect(changeOf(traffic(seed, requests, () => 0.5))).toBeNull();
      const nightly = (hour: number): number => (hour % 24 < 6 ? 0.95 : 0.05);
      expect(changeOf(traffic(seed, requests, nightly))).toBeNull();
    }
  });

  it('is none where there are too few requests or hours to tell', () => {
    expect(
      changeOf(
        traffic(
          1,
          (hour) => (hour >= 200 ? 10 : 0),
          (hour) => (hour < 205 ? 0 : 1),
        ),
      ),
    ).toBeNull();
    expect(
      changeOf(
        traffic(
          1,
          (hour) => (hour % 24 === 0 ? 5 : 0),
          (hour) => (hour < 200 ? 0 : 1),
        ),
      ),
    ).toBeNull();
    expect(
      changeOf(
        traffic(
          1,
          () => 100,
          (hour) => (hour < 238 ? 0 : 1),
        ),
      ),
    ).toBeNull();
    expect(changeOf(new Map([['only', [1, 2, 3]]]))).toBeNull();
  });

  it('is told with the application and the task, and its time', async () => {
    const models = traffic(
      3,
      () => 60,
      (hour) => (hour < 180 ? 0 : 1),
    );
    const steady = traffic(
      4,
      () => 60,
      () => 0.3,
    );
    const nowMs = Date.UTC(2026, 10, 21, 10, 20);
    const source: SeriesSource = {
      query: ({ fromMs, toMs, stepMs }) => {
        expect((toMs - fromMs) / stepMs).toBe(HOURS);
        const series = (application: string, from: ReadonlyMap<string, number[]>) =>
          [...from].map(([model, values]) => ({
            labels: { application, task_type: 'chat', model },
            timestampsMs: [],
            values,
          }));
        return Promise.resolve([...series('shop', models), ...series('search', steady)]);
      },
    };
    expect(await findModelChanges(source, nowMs)).toEqual([
      {
        application: 'shop',
        taskType: 'chat',
        from: 'old',
        to: 'young',
        shareBefore: 0,
        shareAfter: 1,
        atMs: Date.UTC(2026, 10, 21, 10) - 60 * 3_600_000,
      },
    ]);
  });
});
