import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateHistory } from './history.ts';
import { generateLive } from './live.ts';
import type { DemoEvent } from './request.ts';
import {
  anchorOf,
  concerns,
  describeLiveIncident,
  describeStory,
  incidentLengthMs,
  type StoryFact,
} from './story.ts';

const endMs = Date.UTC(2026, 10, 20, 15, 30);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The history's events that a fact is about, split by whether they began while it was active. */
function aroundFact(id: string): {
  fact: StoryFact;
  before: DemoEvent[];
  during: DemoEvent[];
  after: DemoEvent[];
} {
  const fact = describeStory(endMs).find((each) => each.id === id);
  if (fact === undefined) throw new Error(`No fact ${id}.`);
  const parts: { before: DemoEvent[]; during: DemoEvent[]; after: DemoEvent[] } = {
    before: [],
    during: [],
    after: [],
  };
  for (const event of history) {
    if (!concerns(fact, event)) continue;
    if (event.timestamp < fact.startMs) parts.before.push(event);
    else if (fact.endMs === null || event.timestamp < fact.endMs) parts.during.push(event);
    else parts.after.push(event);
  }
  return { fact, ...parts };
}

const history = [...generateHistory({ endMs, eventsTotal: 250_000, seed: 4 })].flat();

function mean(events: readonly DemoEvent[], of: (event: DemoEvent) => number | undefined): number {
  const values = events.map(of).filter((value) => value !== undefined);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const failureShare = (events: readonly DemoEvent[]): number =>
  events.filter(({ status }) => status === 'error' || status === 'timeout').length / events.length;
const succeeded = (events: readonly DemoEvent[]): DemoEvent[] =>
  events.filter(({ status }) => status === 'success');

const meanQuality = (events: readonly DemoEvent[]): number =>
  mean(events, ({ quality_score }) => quality_score);
const meanTtftMs = (events: readonly DemoEvent[]): number =>
  mean(succeeded(events), ({ ttft_ms }) => ttft_ms);
const medianOutput = (events: readonly DemoEvent[]): number =>
  Math.exp(mean(succeeded(events), ({ output_tokens }) => Math.log(output_tokens ?? 1)));
/** Of models that do not reason, whose first token does not wait for their thoughts. */
const medianTtftMs = (events: readonly DemoEvent[]): number =>
  Math.exp(
    mean(
      succeeded(events).filter(({ reasoning_tokens }) => reasoning_tokens === undefined),
      ({ ttft_ms }) => Math.log(ttft_ms ?? 1),
    ),
  );
const inputTokensOf = (events: readonly DemoEvent[]): number =>
  events.reduce((sum, { input_tokens }) => sum + (input_tokens ?? 0), 0);
/** What qwen3-max's successful requests cost, relative to its price before the change. */
const relativePrices = (events: readonly DemoEvent[]): Set<string> =>
  new Set(
    events
      .filter(({ model, status }) => model === 'qwen3-max' && status === 'success')
      .map(({ cost_usd, input_tokens, output_tokens }) =>
        (Number(cost_usd) / ((input_tokens ?? 0) * 1.2e-6 + (output_tokens ?? 0) * 6e-6)).toFixed(6),
      ),
  );

describe('describeStory', () => {
  it('tells the same on the same UTC day and lies in the thirty days before', () => {
    const story = describeStory(endMs);
    expect(describeStory(Date.UTC(2026, 10, 20))).toEqual(story);
    expect(describeStory(Date.UTC(2026, 10, 20, 23, 59, 59, 999))).toEqual(story);
    expect(describeStory(Date.UTC(2026, 10, 21))[0]?.startMs).toBe((story[0]?.startMs ?? 0) + DAY_MS);
    for (const fact of story) {
      expect(fact.startMs).toBeGreaterThan(anchorOf(endMs) - 30 * DAY_MS);
      expect(fact.endMs ?? 0).toBeLessThan(anchorOf(endMs));
    }
    expect(story.map(({ startMs }) => (startMs - anchorOf(endMs)) / HOUR_MS + 720)).toEqual([
      225, 353, 432, 544, 637,
    ]);
  });

  it('is told in the documentation, with its days and hours', () => {
    const page = readFileSync(new URL('../../../../docs/start/demo.md', import.meta.url), 'utf8').replaceAll(
      / +/g,
      ' ',
    );
    for (const { startMs, endMs: overMs, dimensions } of describeStory(endMs)) {
      const hours = (startMs - anchorOf(endMs)) / HOUR_MS + 30 * 24;
      const time = `${String(hours % 24).padStart(2, '0')}:00`;
      const minutes = overMs === null ? null : (overMs - startMs) / 60_000;
      const length =
        minutes === null ? '' : minutes > 120 ? `, for ${minutes / 60} hours` : `, for ${minutes} minutes`;
      const row = page
        .split('\n')
        .find((line) => line.startsWith(`| day ${Math.floor(hours / 24)}, ${time}${length} |`));
      expect(row).toContain(
        `\`${dimensions.application === 'report-writer' ? dimensions.team : Object.values(dimensions)[0]}\` |`,
      );
    }
  });

  it('is what the first deployment does: another version, nothing else', () => {
    const { before, during } = aroundFact('helpdesk-4.3.0');
    expect(new Set(before.map(({ deployment }) => deployment))).toEqual(new Set(['helpdesk-4.2.0']));
    expect(new Set(during.map(({ deployment }) => deployment))).toEqual(new Set(['helpdesk-4.3.0']));
    expect(Math.abs(meanQuality(during) - meanQuality(before))).toBeLessThan(0.01);
  });

  it('is what the second deployment does: slower, wordier, a little worse', () => {
    const { before, during } = aroundFact('code-assistant-7.1.0');
    expect(during.every(({ deployment }) => deployment === 'code-assistant-7.1.0')).toBe(true);
    expect(medianOutput(during) / medianOutput(before)).toBeCloseTo(1.2, 1);
    expect(medianTtftMs(during) / medianTtftMs(before)).toBeCloseTo(1.15, 1);
    expect(meanQuality(during) - meanQuality(before)).toBeCloseTo(-0.04, 2);
  });

  it('is what the price does: exactly 40 % more for the same tokens', () => {
    const { before, during } = aroundFact('alibaba-price');
    expect(relativePrices(before)).toEqual(new Set(['1.000000']));
    expect(relativePrices(during)).toEqual(new Set(['1.400000']));
  });

  it('is what the incident does to one provider, for 90 minutes', () => {
    const { fact, before, during, after } = aroundFact('anthropic-degraded');
    expect((fact.endMs ?? 0) - fact.startMs).toBe(90 * 60_000);
    expect(failureShare(during)).toBeGreaterThan(0.25);
    expect(failureShare(before)).toBeLessThan(0.03);
    expect(failureShare(after)).toBeLessThan(0.03);
    expect(meanTtftMs(during) / meanTtftMs(before)).toBeGreaterThan(2.5);
    const others = history.filter(
      ({ provider, timestamp }) =>
        provider !== 'anthropic' && timestamp >= fact.startMs && timestamp < (fact.endMs ?? 0),
    );
    expect(failureShare(others)).toBeLessThan(0.05);
  });

  it('is what the runaway job does: three hours that cost several times a usual day', () => {
    const { fact, during } = aroundFact('runaway-report-job');
    const runaway = history.filter(({ attributes }) => attributes?.['job'] === 'weekly-digest');
    expect(runaway.length / history.length).toBeCloseTo(0.012, 2);
    expect(during.filter((event) => event.model === 'gpt-5').length).toBeGreaterThanOrEqual(
      runaway.length * 0.95,
    );
    expect(runaway.every(({ timestamp }) => timestamp >= fact.startMs)).toBe(true);
    const usualDay = history.filter(
      ({ team, timestamp }) =>
        team === 'analytics' &&
        timestamp >= fact.startMs - 6 * DAY_MS &&
        timestamp < fact.startMs - 5 * DAY_MS,
    );
    expect(inputTokensOf(runaway)).toBeGreaterThan(2 * inputTokensOf(usualDay));
  });
});

describe('describeLiveIncident', () => {
  it('is what the live traffic does to one backend, from minute 4 to minute 10', () => {
    const fact = describeLiveIncident(endMs);
    expect([fact.startMs - endMs, (fact.endMs ?? 0) - endMs]).toEqual([240_000, 600_000]);
    const live = generateLive({ startMs: endMs, seed: 4 }).takeDue(endMs + HOUR_MS, 100_000);
    const failing = live.filter((event) => concerns(fact, event) && event.timestamp >= fact.startMs);
    expect(failureShare(failing.filter(({ timestamp }) => timestamp < (fact.endMs ?? 0)))).toBeGreaterThan(
      0.55,
    );
    expect(failureShare(failing.filter(({ timestamp }) => timestamp >= (fact.endMs ?? 0)))).toBeLessThan(
      0.05,
    );
    const without = generateLive({ startMs: endMs, seed: 4, incident: null }).takeDue(
      endMs + HOUR_MS,
      100_000,
    );
    expect(failureShare(without)).toBeLessThan(0.04);
  });

  it('comes sooner and is over sooner for whoever rehearses', () => {
    const incident = { delayMs: 5000, lengthMs: 20_000 };
    const fact = describeLiveIncident(endMs, incident);
    expect([fact.startMs - endMs, (fact.endMs ?? 0) - endMs]).toEqual([5000, 25_000]);
    const live = generateLive({ startMs: endMs, seed: 4, eventsTotal: 100_000_000, incident });
    const failing = live.takeDue(endMs + 120_000, 100_000).filter((event) => concerns(fact, event));
    const within = ({ timestamp }: { timestamp: number }): boolean =>
      timestamp >= fact.startMs && timestamp < (fact.endMs ?? 0);
    expect(failureShare(failing.filter(within))).toBeGreaterThan(0.55);
    expect(failureShare(failing.filter((event) => !within(event)))).toBeLessThan(0.05);
  });
});

describe('the incident of the live traffic', () => {
  it('is longer where fewer requests tell of it', () => {
    const minutes = [10_000_000, 1_000_000, 500_000, 200_000, 1000].map((n) => incidentLengthMs(n) / 60_000);
    expect(minutes).toEqual([6, 6, 12, 30, 30]);
  });
});
