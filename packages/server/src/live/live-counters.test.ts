import { emptyRequest, type FinishedRequest } from '@bellwether/events';
import { expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { LiveCounters } from './live-counters.ts';
import { ARRIVED_MS, rowLine, wholeEvent } from './test-rows.ts';

/** Counts rows and keeps what was recorded. */
async function count(lines: readonly string[]) {
  const recorded: (FinishedRequest & { readonly nowMs: number })[] = [];
  const clock = fakeClock(ARRIVED_MS);
  clock.advance(5000);
  const counters = new LiveCounters(
    { record: (request, nowMs) => void recorded.push({ ...request, nowMs }) },
    clock,
  );
  const result = await counters.count(lines.map((line) => JSON.parse(line) as LedgerRow));
  return { recorded, result, counted: counters.counted };
}

it('reads every field of a row', async () => {
  const { recorded, result, counted } = await count([rowLine(wholeEvent, 7)]);
  expect(recorded).toEqual([
    {
      provider: 'openai',
      model: 'gpt-4o',
      taskType: 'extraction',
      operation: 'chat',
      application: 'shop',
      team: 'web',
      userId: 'ann',
      correlationId: '',
      backend: 'b1',
      backendType: 'vllm',
      algorithm: 'round_robin',
      method: 'POST',
      status: 'success',
      errorType: '',
      hour: new Date(ARRIVED_MS).getUTCHours(),
      latencyMs: 1250.5,
      firstTokenMs: 85.25,
      queueMs: 3,
      inputTokens: 1200,
      outputTokens: 300,
      cacheReadTokens: 100,
      cacheWriteTokens: 50,
      reasoningTokens: 20,
      inputAudioTokens: undefined,
      outputAudioTokens: undefined,
      inputImageTokens: undefined,
      cost: 12_500_000_000,
      revenue: 50_000_000_000,
      quality: 0.9,
      accuracy: 0.8,
      relevance: 0.7,
      completeness: 0.6,
      satisfaction: 0.5,
      requestBytes: 5000,
      responseBytes: 900,
      cacheHit: false,
      nowMs: 5000,
    },
  ]);
  expect(result).toEqual({ rows: 1, unpriced: 0 });
  expect(counted).toEqual({ rows: 1, fromSeq: 7, toSeq: 7, firstDay: '2026-09-21' });
});

it('leaves nothing of a row in the next one', async () => {
  const { recorded, result } = await count([rowLine(wholeEvent, 1), rowLine({}, 2)]);
  expect(recorded[1]).toEqual({
    ...emptyRequest(),
    provider: 'openai',
    model: 'gpt-4o',
    hour: new Date(ARRIVED_MS).getUTCHours(),
    nowMs: 5000,
  });
  expect(result).toEqual({ rows: 2, unpriced: 1 });
});

it('counts live rows only, however long the block', async () => {
  const lines = Array.from({ length: 2500 }, (_none, n) => rowLine({}, n + 1, n % 3 === 0));
  const { recorded, result, counted } = await count(lines);
  expect(recorded.length).toBe(834);
  expect(result.rows).toBe(834);
  expect(counted).toEqual({ rows: 834, fromSeq: 1, toSeq: 2500, firstDay: '2026-09-21' });
});

it('reads an empty block', async () => {
  expect((await count([])).result).toEqual({ rows: 0, unpriced: 0 });
});
