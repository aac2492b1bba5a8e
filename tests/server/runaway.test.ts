/** A job that ran away for two hours of three weeks: what is told of ordinary load leaves it out, and says so. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 9, 5);
const DAYS = 21;
const RUNAWAY_HOURS = [17 * 24 + 13, 17 * 24 + 14];
let server: RunningServer;

/** Eight requests in each hour of the day but those at night, which have two. */
function events(): object[] {
  return Array.from({ length: DAYS * 24 }, (_, hour) => {
    const isRunaway = RUNAWAY_HOURS.includes(hour);
    const ordinary = hour % 24 >= 8 && hour % 24 < 20 ? 8 + (hour % 3) : 2;
    return Array.from({ length: isRunaway ? 80 : ordinary }, (_none, i) => ({
      id: `${hour}-${i}`,
      timestamp: START_MS + hour * HOUR_MS + i * 1000,
      provider: 'openai',
      model: 'gpt-5',
      input_tokens: 10,
      output_tokens: 1,
      latency_ms: isRunaway ? 60_000 : 100,
      cost_usd: '0.01',
    }));
  }).flat();
}

const RANGE = 'from=2026-10-05&to=2026-10-26';

async function get(path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

beforeAll(async () => {
  const config = join(directory.path, 'config.yaml');
  writeFileSync(config, 'budgets:\n  - { id: daily, amount_usd: 1.40, period: day }\n');
  server = await startServer(directory.path, { args: ['--config', config] });
  await post(server.url, events(), { query: '?live=false' });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('a job that ran away', () => {
  it('is no ordinary load where traffic is scaled', async () => {
    const answer = await get(`/api/v1/what-if?${RANGE}&suppose=${encodeURIComponent('raise traffic 1.1x')}`);
    // Of the runaway hours the 95th percentile would be a minute.
    expect((answer['latency_p95_ms'] as { supposed: number }).supposed).toBeCloseTo(100, -1);
    expect(answer['loads']).toMatchObject({ known_ratio: 1, unknown: [] });
    const notes = (answer['notes'] as string[]).join('\n');
    // An ordinary day costs $1.32.
    expect(notes).toContain(
      'The budget daily of $1.4000 would be exceeded on 21 of 21 days (UTC) with requests, against 1 now.',
    );
    expect(notes).toContain(
      '2 hours with far more requests than is usual at that hour of the week are not taken for ordinary load: 2026-10-22 13:00 to 15:00 (UTC).',
    );
    expect(notes).toContain('The busiest hour would have 11 requests, against 10:');
  });

  it('does not take the part of an hour for an hour with little load', async () => {
    // Four of the eight requests of the first hour are in it, and no whole hour has four.
    const range = 'from=2026-10-05T08:00:04Z&to=2026-10-26';
    const answer = await get(`/api/v1/what-if?${range}&suppose=${encodeURIComponent('raise traffic 1.1x')}`);
    expect(answer['loads']).toMatchObject({ known_ratio: 1, unknown: [] });
  });

  it('leaves not known what hours that were never so busy would be like', async () => {
    const answer = await get(`/api/v1/what-if?${RANGE}&suppose=${encodeURIComponent('raise traffic 3x')}`);
    expect(answer).toMatchObject({
      latency_p95_ms: { supposed: null },
      error_ratio: { present: 0, supposed: null },
      loads: {
        known_ratio: 0,
        present: null,
        supposed: null,
        unknown: [
          {
            provider: 'openai',
            model: 'gpt-5',
            requests_ratio: 1,
            busiest_hour: { present: 10, supposed: 30 },
          },
        ],
      },
    });
    expect(answer['notes']).toContain(
      'How requests would fare is not known, since there are fewer than 5 hours or 30 requests like theirs: 100.0 % of those of gpt-5, whose busiest hour would have 30 against 10.',
    );
  });

  it('is no ordinary load where capacity is looked ahead', async () => {
    const report = await get(`/api/v1/reports/capacity?${RANGE}&by=model`);
    const ahead = report['ahead'] as { peak_requests_per_hour: number; hours_set_aside: number[] };
    expect(ahead.peak_requests_per_hour).toBeLessThan(15);
    expect(ahead.hours_set_aside).toEqual(RUNAWAY_HOURS.map((hour) => START_MS / HOUR_MS + hour));
    const { next } = report['document'] as { next: { text: string }[] };
    expect(next.map(({ text }) => text)).toContain(
      'That leaves out 2 hours with far more requests than is usual then: 2026-10-22 13:00 to 15:00 (UTC).',
    );
  });

  it('is compared with nothing where there was nothing', async () => {
    const { document } = (await get(`/api/v1/reports/roi?${RANGE}`)) as {
      document: { happened: { text: string }[]; figures: { change: unknown }[] };
    };
    expect(document.happened.map(({ text }) => text).join(' ')).toContain(
      'There is no earlier period to compare with: the ledger has too little of it.',
    );
    expect(document.figures.every(({ change }) => change === null)).toBe(true);
  });
});
