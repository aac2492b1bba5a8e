import { parseEvent } from '@bellwether/events';
import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { createPricer } from '../pricing/index.ts';
import { demoApplications } from './applications.ts';
import { generateHistory } from './history.ts';
import { generateLive } from './live.ts';
import { demoBackends, demoModels, type ModelSpec } from './models.ts';
import type { DemoEvent } from './request.ts';

const endMs = Date.UTC(2026, 10, 20, 15, 30);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const eventsTotal = 200_000;
const batches = [...generateHistory({ endMs, eventsTotal })];
const history = batches.flat();

const countBy = (events: readonly DemoEvent[], key: (event: DemoEvent) => string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(key(event), (counts.get(key(event)) ?? 0) + 1);
  return counts;
};
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * sorted.length)] ?? 0;

const perHour = (application: string): number[] => {
  const hours = Array.from({ length: 24 }, () => 0);
  for (const event of history) {
    if (event.application === application) hours[new Date(event.timestamp).getUTCHours()]! += 1;
  }
  return hours;
};
const busiest = (hours: number[]): number => hours.indexOf(Math.max(...hours));
const perDay = (application: string, isWeekend: boolean): number => {
  const days = countBy(
    history.filter(({ application: name, timestamp }) => {
      const weekday = new Date(timestamp).getUTCDay();
      return name === application && (weekday === 0 || weekday === 6) === isWeekend;
    }),
    ({ timestamp }) => String(Math.floor(timestamp / DAY_MS)),
  );
  return [...days.values()].reduce((sum, count) => sum + count, 0) / days.size;
};
const weekOf = ({ timestamp }: DemoEvent): number => Math.floor((endMs - timestamp) / (7 * DAY_MS));
const seen = (key: (event: DemoEvent) => string | undefined): Set<string | undefined> =>
  new Set(history.map(key));
const some = (field: keyof DemoEvent): boolean => history.some((event) => event[field] !== undefined);
const sum = (shares: readonly number[]): number => shares.reduce((total, share) => total + share, 0);

describe('generateHistory', () => {
  it('gives about as many events as asked, in full batches, in time order, within the window', () => {
    expect(Math.abs(history.length / eventsTotal - 1)).toBeLessThan(0.03);
    expect(batches.slice(0, -1).every((batch) => batch.length === 1000)).toBe(true);
    expect(history.every((event, i) => i === 0 || event.timestamp >= (history[i - 1]?.timestamp ?? 0))).toBe(
      true,
    );
    expect(history[0]?.timestamp).toBeGreaterThanOrEqual(endMs - 30 * DAY_MS);
    expect(history.at(-1)?.timestamp).toBeLessThan(endMs);
  });

  it('gives valid events only, each under an id of its own', () => {
    for (const event of history) parseEvent(event, { nowMs: endMs, futureToleranceMs: 0 });
    expect(new Set(history.map(({ id }) => id)).size).toBe(history.length);
  });

  it('gives events that the server can price, but for the local models', () => {
    const pricer = createPricer();
    const unpriced = history.filter(
      (event) => pricer.price(parseEvent(event, { nowMs: endMs, futureToleranceMs: 0 })).costPicoUsd === null,
    );
    expect(new Set(unpriced.map(({ provider }) => provider))).toEqual(new Set(['local_ollama']));
  });

  it('gives the same events again, and other ones for another seed', () => {
    const days = 2;
    const again = [...generateHistory({ endMs, eventsTotal, days })].flat();
    expect(again).toEqual(history.filter(({ timestamp }) => timestamp >= endMs - days * DAY_MS));
    const other = [...generateHistory({ endMs, eventsTotal, days, seed: 2 })].flat();
    const ids = new Set(again.map(({ id }) => id));
    expect(other.some(({ id }) => ids.has(id))).toBe(false);
  });

  it('gives the same events in the hours that a later run on the same day shares with it', () => {
    const later = [...generateHistory({ endMs: endMs + 3 * HOUR_MS, eventsTotal, days: 1 })].flat();
    const shared = later.filter(({ timestamp }) => timestamp < endMs);
    expect(shared).toEqual(history.filter(({ timestamp }) => timestamp >= endMs + 3 * HOUR_MS - DAY_MS));
    expect(shared.length).toBeGreaterThan(1000);
  });

  it('has the day and the week in it, in the local time of each team', () => {
    expect([8, 9, 10, 13, 14]).toContain(busiest(perHour('helpdesk'))); // office hours at UTC+1
    expect([17, 18, 19, 22, 23]).toContain(busiest(perHour('code-assistant'))); // office hours at UTC-8
    expect([11, 12, 13]).toContain(busiest(perHour('shopping-advisor'))); // the evening at UTC+8
    const helpdesk = perHour('helpdesk');
    expect(Math.max(...helpdesk) / Math.min(...helpdesk)).toBeGreaterThan(8);

    expect(perDay('helpdesk', true) / perDay('helpdesk', false)).toBeLessThan(0.25);
    expect(perDay('shopping-advisor', true) / perDay('shopping-advisor', false)).toBeGreaterThan(1.2);
  });

  it('has bursts: blocks of ten minutes with several times what their neighbours have', () => {
    const blocks = countBy(
      history.filter(({ application }) => application === 'semantic-search'),
      ({ timestamp }) => String(Math.floor(timestamp / 600_000)),
    );
    const sizes = [...blocks.values()].toSorted((a, b) => a - b);
    expect(quantile(sizes, 0.995) / quantile(sizes, 0.5)).toBeGreaterThan(2.5);
    expect(quantile(sizes, 0.9) / quantile(sizes, 0.5)).toBeLessThan(2);
  });

  it('has heavy tails: a hundredth of the requests holds a tenth of the input', () => {
    const inputs = history.map(({ input_tokens }) => input_tokens ?? 0).toSorted((a, b) => a - b);
    const total = inputs.reduce((sum, tokens) => sum + tokens, 0);
    const top = inputs.slice(Math.floor(0.99 * inputs.length)).reduce((sum, tokens) => sum + tokens, 0);
    expect(top / total).toBeGreaterThan(0.1);
    expect(quantile(inputs, 0.999) / quantile(inputs, 0.5)).toBeGreaterThan(20);
    expect(Math.max(...inputs.slice(-10))).toBeLessThanOrEqual(200_000);
  });

  it('has people: few of them send much, new ones come and some leave', () => {
    const people = countBy(history, ({ user_id }) => user_id ?? '');
    expect(people.size).toBeGreaterThan(2500);
    const shares = [...people.values()].toSorted((a, b) => b - a);
    const top = shares.slice(0, Math.floor(shares.length / 10)).reduce((sum, count) => sum + count, 0);
    expect(top / history.length).toBeGreaterThan(0.5);
    const core = (week: number): Set<string> =>
      new Set(history.filter((event) => weekOf(event) === week).map(({ user_id }) => user_id ?? ''));
    const [thisWeek, lastWeek] = [core(0), core(1)];
    const before = new Set([...lastWeek, ...core(2), ...core(3)]);
    expect([...thisWeek].filter((user) => !before.has(user)).length).toBeGreaterThan(50);
    expect([...before].filter((user) => !thisWeek.has(user)).length).toBeGreaterThan(50);
  });

  it('has errors of each kind, and retries that follow the attempt they repeat', () => {
    const errors = countBy(history, ({ error_type, status }) => error_type ?? status ?? '');
    for (const kind of ['rate_limit', 'timeout', 'api_error', 'budget_exceeded', 'cancelled']) {
      expect([kind, (errors.get(kind) ?? 0) > 30]).toEqual([kind, true]);
    }
    expect(1 - (errors.get('success') ?? 0) / history.length).toBeLessThan(0.03);
    const byId = new Map(history.map((event) => [event.id, event]));
    const retries = history.filter(({ id }) => id.endsWith('-r1'));
    expect(retries.length).toBeGreaterThan(500);
    for (const retry of retries) {
      const first = byId.get(retry.correlation_id ?? '');
      if (first === undefined) continue; // It began before the window.
      expect(retry.timestamp).toBeGreaterThan(first.timestamp + first.latency_ms);
      expect(['error', 'timeout']).toContain(first.status);
      const hasChoice = (demoBackends[retry.provider]?.length ?? 0) > 1;
      expect([retry.id, retry.backend_id !== first.backend_id]).toEqual([retry.id, hasChoice]);
    }
  });

  it('has every provider, model, backend and application, and the fields that reports group by', () => {
    expect(seen(({ provider, model }) => `${provider} ${model}`)).toEqual(
      new Set(Object.values(demoModels).map(({ provider, model }) => `${provider} ${model}`)),
    );
    const backends = seen(({ backend_id }) => backend_id);
    for (const { id } of Object.values(demoBackends).flat()) expect(backends).toContain(id);
    expect(seen(({ application }) => application)).toEqual(
      new Set(demoApplications.map(({ application }) => application)),
    );
    for (const field of [
      'cache_read_tokens',
      'cache_write_1h_tokens',
      'reasoning_tokens',
      'input_image_tokens',
      'input_audio_tokens',
      'cache_hit',
      'quality_score',
      'satisfaction_score',
      'revenue_usd',
      'session_id',
      'ttft_ms',
      'queue_ms',
      'service_tier',
    ] as const) {
      expect([field, some(field)]).toEqual([field, true]);
    }
  });
});

describe('demoModels', () => {
  it('are on the bundled price list, report their own cost, or are local', () => {
    for (const spec of Object.values(demoModels) as ModelSpec[]) {
      const price = calcPrice({ input_tokens: 1000, output_tokens: 10 }, spec.model, {
        providerId: spec.provider,
      });
      const kind = spec.ownPrice !== undefined ? 'own' : price === null ? 'unpriced' : 'listed';
      const wanted =
        spec.provider === 'local_ollama'
          ? 'unpriced'
          : ['alibaba_cloud', 'openrouter'].includes(spec.provider)
            ? 'own'
            : 'listed';
      expect([spec.model, kind]).toEqual([spec.model, wanted]);
    }
  });

  it('and their applications and backends have shares that sum to one', () => {
    expect(sum(demoApplications.map(({ share }) => share))).toBeCloseTo(1, 12);
    for (const { tasks } of demoApplications) {
      expect(sum(tasks.map(({ share }) => share))).toBeCloseTo(1, 12);
      for (const { models } of tasks) expect(sum(Object.values(models))).toBeCloseTo(1, 12);
    }
    for (const backends of Object.values(demoBackends))
      expect(sum(backends.map(({ share }) => share))).toBeCloseTo(1, 12);
  });
});

describe('generateLive', () => {
  const startMs = endMs - 2 * HOUR_MS;
  const live = generateLive({ startMs, eventsTotal, incident: null });

  it('continues the history without a gap or an overlap', () => {
    const given: DemoEvent[] = [];
    for (let nowMs = startMs; nowMs <= endMs; nowMs += 7_000) {
      const due = live.takeDue(nowMs);
      expect(due.every(({ timestamp, latency_ms }) => timestamp + latency_ms <= nowMs)).toBe(true);
      given.push(...due);
    }
    const ended = history.filter(
      ({ timestamp, latency_ms }) => timestamp >= startMs && timestamp + latency_ms <= endMs - 7_000,
    );
    const ids = new Set(given.map(({ id }) => id));
    expect(ids.size).toBe(given.length);
    expect(ended.filter(({ id }) => !ids.has(id))).toEqual([]);
    const known = new Map(history.map((event) => [event.id, event]));
    for (const event of given) expect(event).toEqual(known.get(event.id));
  });

  it('gives nothing twice and nothing for time that runs backwards', () => {
    expect(live.takeDue(startMs)).toEqual([]);
    expect(live.takeDue(endMs - 7_000)).toEqual([]);
  });

  it('gives what piled up in portions of bounded size', () => {
    const piled = generateLive({ startMs, eventsTotal, incident: null });
    const portions: number[] = [];
    for (;;) {
      const due = piled.takeDue(endMs, 100);
      portions.push(due.length);
      if (due.length < 100) break;
    }
    expect(portions.slice(0, -1).every((size) => size === 100)).toBe(true);
    expect(portions.length).toBeGreaterThan(4);
  });
});
