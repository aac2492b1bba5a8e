/** Business figures against a count by hand over the same events, with the real engine. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd, parseRfc3339 } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { connectEmbedded, type LedgerConnection } from '../ledger/connection.ts';
import { type EngineSupervisor, superviseEngine } from '../ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../ledger/migrate.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { silentLog } from '../log.ts';
import { readDimensions } from '../report/dimensions.ts';
import { readDailyShare } from './adoption.ts';
import { type BusinessReport, readBusiness } from './report.ts';
import { RETRY_SECONDS } from './satisfaction.ts';
import type { BusinessSettings } from './settings.ts';
import { compositeOf, worthOf } from './worth.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const FIRST_MS = Date.UTC(2026, 8, 28);
const FROM_MS = FIRST_MS + 10 * DAY_MS;
const TO_MS = FIRST_MS + 24 * DAY_MS;
const settings: BusinessSettings = {
  revenuePerRequest: 10_000_000_000n,
  costPerRequest: 5_000_000_000n,
  weights: { satisfaction: 0.3, performance: 0.4, costEfficiency: 0.3 },
};

interface Event {
  readonly atMs: number;
  readonly user: string;
  readonly session: string;
  readonly application: string;
  readonly task: string;
  readonly status: string;
  readonly revenuePico: bigint | null;
  readonly costPico: bigint | null;
  satisfaction: number | null;
}

let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;
let events: Event[];
let report: BusinessReport;

function makeEvents(): Event[] {
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const made: Event[] = [];
  for (let n = 0; n < 1500; n++) {
    const previous = made[made.length - 1];
    // One in three comes soon after another of the same user, so that there are retries.
    const again = previous !== undefined && next() < 0.33;
    const newMs = FIRST_MS + below(28 * DAY_MS);
    // Later weeks have users that earlier ones did not have.
    const users = 20 * (1 + Math.floor((newMs - FIRST_MS) / (7 * DAY_MS)));
    const user = next() < 0.1 ? '' : `u${below(users)}`;
    made.push({
      atMs: again ? previous.atMs + 1 + below(120_000) : newMs,
      user: again ? previous.user : user,
      session: again ? previous.session : next() < 0.3 ? '' : `s${below(300)}`,
      application: again ? previous.application : `a${below(3)}`,
      task: again ? previous.task : (['code', 'chat'][below(2)] ?? ''),
      status: ['success', 'success', 'error', 'cancelled'][below(4)] ?? '',
      revenuePico: next() < 0.5 ? null : BigInt(below(1e9)) * 997n,
      costPico: next() < 0.2 ? null : BigInt(below(1e9)) * 13n,
      satisfaction: next() < 0.7 ? null : below(11) / 10,
    });
  }
  return made;
}

function rowOf(event: Event, index: number): LedgerRow {
  return {
    journal: 'j',
    seq: index + 1,
    live: true,
    received_at: '2026-11-20 12:00:00.000',
    id: `id-${index}`,
    timestamp: new Date(event.atMs).toISOString().replace('T', ' ').replace('Z', ''),
    provider: 'p',
    model: 'm',
    application: event.application,
    task_type: event.task,
    user_id: event.user,
    session_id: event.session,
    status: event.status,
    input_tokens: 10,
    output_tokens: index,
    ...(event.revenuePico === null ? {} : { revenue_usd: formatUsd(event.revenuePico) }),
    ...(event.costPico === null ? {} : { cost_usd: formatUsd(event.costPico) }),
    ...(event.satisfaction === null ? {} : { satisfaction_score: event.satisfaction }),
  };
}

const instant = (ms: number) => {
  const read = parseRfc3339(new Date(ms).toISOString());
  if (read === null) throw new Error(String(ms));
  return read;
};
const range = { from: instant(FROM_MS), to: instant(TO_MS) };
const within = (): Event[] => events.filter(({ atMs }) => atMs >= FROM_MS && atMs < TO_MS);
const distinct = (values: readonly string[]): number => new Set(values.filter((value) => value !== '')).size;
const share = (part: number, whole: number): number => Math.round((part / whole) * 1e9) / 1e9;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-business-'));
  engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  events = makeEvents();
  await connection.insertRows('bellwether.events', events.map(rowOf));
  report = await readBusiness(connection, range, readDimensions('application'), settings);
}, 60_000);

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** What the sums of some events come to, added up one by one. */
function worthByHand(some: readonly Event[]) {
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  const revenue = sum(some.map(({ revenuePico }) => revenuePico ?? settings.revenuePerRequest));
  const cost = sum(some.map(({ costPico }) => costPico ?? settings.costPerRequest));
  return {
    revenue_usd: formatUsd(revenue),
    cost_usd: formatUsd(cost),
    profit_usd: formatUsd(revenue - cost),
  };
}

describe('worth', () => {
  it('adds up exactly, with the configured amounts where a request names none', () => {
    const some = within();
    const rated = some.flatMap(({ satisfaction }) => satisfaction ?? []);
    expect(report.total).toMatchObject({
      ...worthByHand(some),
      requests: some.length,
      successes: some.filter(({ status }) => status === 'success').length,
      users: distinct(some.map(({ user }) => user)),
      sessions: distinct(some.map(({ session }) => session)),
      requests_with_default_revenue: some.filter(({ revenuePico }) => revenuePico === null).length,
      requests_with_default_cost: some.filter(({ costPico }) => costPico === null).length,
      rated_requests: rated.length,
      graded_requests: 0,
      quality_score: null,
    });
    const mean = rated.reduce((sum, score) => sum + score, 0) / rated.length;
    expect(report.total.satisfaction_score).toBeCloseTo(mean, 8);
  });

  it('gives groups that add up to the total', () => {
    expect(new Set(report.rows.map(({ key }) => key['application']))).toEqual(new Set(['a0', 'a1', 'a2']));
    for (const row of report.rows)
      expect(row).toMatchObject(
        worthByHand(within().filter(({ application }) => application === row.key['application'])),
      );
    expect(report.rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(report.total.requests);
  });

  it('follows its formulas', () => {
    const sums = {
      requests: 10,
      successes: 8,
      users: 4,
      sessions: 0,
      tokens: 2_000_000,
      revenue: '1.92',
      valued: 2,
      cost: '0.46',
      priced: 2,
      rated: 2,
      satisfaction: 1_500_000_000,
      graded: 1,
      quality: 250_000_000,
    };
    // Eight requests at 0.01 and 0.005 each: 2 and 0.5 dollars in all.
    expect(worthOf(sums, settings)).toMatchObject({
      revenue_usd: '2.00',
      cost_usd: '0.50',
      profit_usd: '1.50',
      roi: 3,
      margin: 0.75,
      revenue_per_request_usd: '0.20',
      cost_per_request_usd: '0.05',
      cost_per_success_usd: '0.0625',
      cost_per_user_usd: '0.125',
      cost_per_million_tokens_usd: '0.25',
      satisfaction_score: 0.75,
      quality_score: 0.25,
      performance_score: 0.8,
      cost_efficiency_score: 0.8,
      composite_score: 0.785,
    });
  });

  it('leaves what is not known out of the composite score', () => {
    const weights = { satisfaction: 0.3, performance: 0.4, costEfficiency: 0.3 };
    expect(compositeOf({ satisfaction: null, performance: 1, costEfficiency: 0.3 }, weights)).toBe(0.7);
    expect(compositeOf({ satisfaction: null, performance: null, costEfficiency: null }, weights)).toBeNull();
    const nothing = worthOfNothing();
    expect(nothing).toMatchObject({ requests: 0, roi: null, composite_score: null });
  });
});

function worthOfNothing() {
  const zero = { requests: 0, successes: 0, users: 0, sessions: 0, tokens: 0, valued: 0, priced: 0 };
  return worthOf(
    { ...zero, revenue: '0', cost: '0', rated: 0, satisfaction: 0, graded: 0, quality: 0 },
    settings,
  );
}

describe('adoption', () => {
  it('tells active, new and returning users, in all and by application', () => {
    const count = (application: string | null) => {
      const of = (event: Event): boolean =>
        event.user !== '' && (application === null || event.application === application);
      const active = new Set(
        within()
          .filter(of)
          .map(({ user }) => user),
      );
      const before = new Set(
        events.filter((event) => of(event) && event.atMs < FROM_MS).map(({ user }) => user),
      );
      const fresh = [...active].filter((user) => !before.has(user)).length;
      return { active_users: active.size, new_users: fresh, returning_users: active.size - fresh };
    };
    expect(report.adoption).toMatchObject(count(null));
    for (const row of report.adoption.by_application) {
      expect(row).toMatchObject(count(row.application));
      expect(row.adoption_ratio).toBe(share(row.active_users, report.adoption.active_users));
    }
    expect(report.adoption.by_application.length).toBe(3);
    expect(report.adoption.anonymous_requests).toBe(within().filter(({ user }) => user === '').length);
  });

  it('follows cohorts by the week of their first request', () => {
    const weekOf = (ms: number): number => Math.floor((ms - FIRST_MS) / (7 * DAY_MS));
    const weeks = new Map<string, Set<number>>();
    for (const { user, atMs } of events) {
      if (user === '' || atMs >= TO_MS) continue;
      weeks.set(user, (weeks.get(user) ?? new Set<number>()).add(weekOf(atMs)));
    }
    const newest = weekOf(TO_MS - 1);
    const expected = [0, 1, 2, 3].flatMap((first) => {
      const cohort = [...weeks.values()].filter((active) => Math.min(...active) === first);
      if (cohort.length === 0) return [];
      const retained = Array.from({ length: newest - first + 1 }, (_none, age) =>
        share(cohort.filter((active) => active.has(first + age)).length, cohort.length),
      );
      const week = new Date(FIRST_MS + first * 7 * DAY_MS).toISOString().slice(0, 10);
      return [{ week, users: cohort.length, retained }];
    });
    expect(expected.length).toBeGreaterThan(1);
    expect(report.adoption.cohorts).toEqual(expected);
  });

  it('tells who of a month came on its last day', async () => {
    const lastDayMs = TO_MS - DAY_MS;
    const shares = await readDailyShare(connection, range, lastDayMs);
    const of = within().filter(({ user, application }) => user !== '' && application === 'a1');
    const today = of.filter(({ atMs }) => atMs >= lastDayMs);
    expect(shares.get('a1')).toBe(
      share(distinct(today.map(({ user }) => user)), distinct(of.map(({ user }) => user))),
    );
  });
});

describe('usage', () => {
  it('tells hours, days, tasks and sessions', () => {
    const { usage } = report;
    for (const { hour, requests } of usage.by_hour)
      expect(requests).toBe(within().filter(({ atMs }) => new Date(atMs).getUTCHours() === hour).length);
    for (const { weekday, requests } of usage.by_weekday)
      expect(requests).toBe(within().filter(({ atMs }) => new Date(atMs).getUTCDay() === weekday % 7).length);
    expect(new Map(usage.by_task.map(({ task_type: task, requests }) => [task, requests]))).toEqual(
      new Map(['chat', 'code'].map((task) => [task, within().filter((event) => event.task === task).length])),
    );
    const sizes = new Map<string, number[]>();
    for (const { session, atMs } of within())
      if (session !== '') sizes.set(session, [...(sizes.get(session) ?? []), atMs]);
    const lasted = [...sizes.values()].map((times) => (Math.max(...times) - Math.min(...times)) / 1000);
    expect(usage.sessions).toMatchObject({
      sessions: sizes.size,
      requests_per_session: share([...sizes.values()].flat().length, sizes.size),
      single_request_ratio: share(
        [...sizes.values()].filter(({ length }) => length === 1).length,
        sizes.size,
      ),
    });
    const mean = lasted.reduce((sum, seconds) => sum + seconds, 0) / lasted.length;
    expect(usage.sessions.duration_seconds).toBeCloseTo(mean, 3);
  });
});

describe('satisfaction', () => {
  it('tells what users say', () => {
    const scores = within().flatMap(({ satisfaction }) => satisfaction ?? []);
    expect(report.satisfaction.explicit).toMatchObject({
      rated_requests: scores.length,
      distribution: [0, 1, 2, 3, 4].map(
        (fifth) => scores.filter((score) => Math.min(4, Math.floor(score * 5)) === fifth).length,
      ),
    });
  });

  it('tells what they do: try again, cancel, leave', () => {
    const who = (event: Event): string =>
      JSON.stringify([event.user, event.session, event.application, event.task]);
    const known = within().filter(({ user, session }) => user !== '' || session !== '');
    const failures = known.filter(({ status }) => status !== 'success');
    const retried = failures.filter((failure) =>
      known.some(
        (event) =>
          who(event) === who(failure) &&
          event.atMs > failure.atMs &&
          event.atMs - failure.atMs <= RETRY_SECONDS * 1000,
      ),
    );
    const last = new Map<string, { readonly event: Event; readonly seq: number }>();
    for (const [seq, event] of events.entries()) {
      if (event.session === '' || event.atMs < FROM_MS || event.atMs >= TO_MS) continue;
      const latest = last.get(event.session);
      if (latest === undefined || event.atMs >= latest.event.atMs) last.set(event.session, { event, seq });
    }
    expect(retried.length).toBeGreaterThan(20);
    expect(report.satisfaction.implicit).toMatchObject({
      failures: failures.length,
      retried: retried.length,
      retry_ratio: share(retried.length, failures.length),
      cancelled: within().filter(({ status }) => status === 'cancelled').length,
      sessions: last.size,
      abandoned_sessions: [...last.values()].filter(({ event }) => event.status !== 'success').length,
    });
  });

  it('takes what is said afterwards in place of what the event says', async () => {
    const index = events.findIndex(
      ({ satisfaction, atMs }) => satisfaction === null && atMs >= FROM_MS && atMs < TO_MS,
    );
    await connection.command(
      `INSERT INTO bellwether.feedback (journal, seq, received_at, id, tenant, request_id, timestamp, satisfaction_score)
       VALUES ('j', 9001, now64(3), 'f1', '', {id:String}, now64(9), 1)`,
      { id: `id-${index}` },
    );
    const after = await readBusiness(connection, range, [], settings);
    expect(after.total.rated_requests).toBe(report.total.rated_requests + 1);
    expect(after.satisfaction.explicit.distribution[4]).toBe(
      (report.satisfaction.explicit.distribution[4] ?? 0) + 1,
    );
    expect(after.total).toMatchObject({ cost_usd: report.total.cost_usd, requests: report.total.requests });
  });
});
