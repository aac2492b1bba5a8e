import { type Instant, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { silentLog } from '../log.ts';
import type { Period } from '../report/periods.ts';
import {
  openTestLedger,
  randomRows,
  seededRandom,
  START_MS,
  type TestLedger,
} from '../rollups/test-support.ts';
import { inWholeHours, readSiteCosts, readSiteOverview, readSitePerformance, scopeOf } from './answers.ts';
import { readSiteDimensions } from './dimensions.ts';
import { FederatedCells } from './federated-cells.ts';
import { Federation } from './federation.ts';
import { readBuckets, readManifest } from './offer.ts';
import { type KnownHistory, pullSite } from './pull.ts';
import { type SiteSource, SiteProblem } from './site-source.ts';
import type { RememberedSite } from './site-state.ts';

const HOUR_MS = 3_600_000;
/** Four days after the first rows, so that some days are older than those that each pull looks at. */
const NOW_MS = START_MS + 98 * HOUR_MS;
const random = seededRandom(20_261_121);
const names = ['east', 'west'] as const;
type Name = (typeof names)[number];
let hub: TestLedger;
let ledgers: Readonly<Record<Name, TestLedger>>;

beforeAll(async () => {
  const [one, two, three] = [await openTestLedger(), await openTestLedger(), await openTestLedger()];
  hub = one;
  ledgers = { east: two, west: three };
  await ledgers.east.insert(randomRows(random, 2000, 1, 97));
  await ledgers.west.insert(randomRows(random, 1000, 30, 97));
  await ledgers.east.rollups(90).catchUp();
}, 60_000);

afterAll(async () => {
  for (const ledger of [hub, ...Object.values(ledgers)]) await ledger.close();
});

const instant = (hours: number): Instant => ({
  epochSeconds: START_MS / 1000 + hours * 3600,
  nanoseconds: 0,
});
const everything: Period = { from: instant(0), to: instant(120) };

function sourceOf(site: Name, instance: string = site): SiteSource {
  const { connection } = ledgers[site];
  return {
    site,
    manifest: (since) => readManifest(connection, { instance, seq: 1 }, since),
    buckets: (width, from, to) => readBuckets(connection, width, from, to),
  };
}

function pull(site: Name, known: KnownHistory | null = null, connection: LedgerConnection = hub.connection) {
  return pullSite({
    source: sourceOf(site),
    held: new FederatedCells(connection, fakeClock(NOW_MS)),
    nowMs: NOW_MS,
    keepFrom: 0,
    known,
    isAnother: () => false,
    signal: new AbortController().signal,
  });
}

interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly cost_usd: string;
  readonly input_tokens: string;
}

/** What a site has by its own rows. */
async function rowsOf(site: Name, by: string): Promise<ReadonlyMap<string, Sums>> {
  const rows = await ledgers[site].connection.query<Sums & { readonly key: string }>(
    `SELECT ${by} AS key, count() AS requests, countIf(status != 'success') AS errors,
     toString(ifNull(sum(cost_usd), toDecimal128(0, 12))) AS cost_usd, toString(sum(toInt128(input_tokens))) AS input_tokens
     FROM bellwether.events GROUP BY key`,
  );
  return new Map(rows.map(({ key, ...sums }) => [key, sums]));
}

/** Holds what the hub answers of a site against the rows of that site, by the dimensions of each rollup. */
async function compare(site: Name): Promise<void> {
  const scope = await scopeOf(hub.connection, [site], everything);
  for (const by of ['model', 'backend_id', 'team', 'deployment', 'tenant']) {
    const expected = await rowsOf(site, by);
    const { rows, total } = await readSiteCosts(hub.connection, scope, readSiteDimensions(by));
    const found = rows.map(({ key, requests, errors, cost_usd: usd }) => [key[by], [requests, errors, usd]]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        [...expected].map(([key, sums]) => [key, [sums.requests, sums.errors, sums.cost_usd]]),
      ),
    );
    expect(total.requests).toBe([...expected.values()].reduce((sum, { requests }) => sum + requests, 0));
  }
}

describe('a pull', () => {
  it('gives the hub what the site has, to the unit and the pico-dollar', async () => {
    for (const site of names) {
      const { replaced, whole } = await pull(site);
      expect(replaced).toBeGreaterThan(40);
      expect(whole).toBe(true);
      await compare(site);
    }
  }, 60_000);

  it('replaces nothing when nothing has come, and looks at the last days only', async () => {
    const first = await pull('east');
    expect(first.replaced).toBe(0);
    expect(await pull('east', first.known)).toMatchObject({ replaced: 0, whole: false });
  }, 30_000);

  it('brings late events of any age, and replaces their hours only', async () => {
    const { known } = await pull('east');
    await ledgers.east.insert(randomRows(random, 30, 90, 91));
    // The hour, and the day of its users if there is a new one among them.
    const recent = await pull('east', known);
    expect(recent.whole).toBe(false);
    expect(recent.replaced).toBeLessThan(3);
    await ledgers.east.insert(randomRows(random, 30, 5, 6));
    const old = await pull('east', recent.known);
    expect(old).toMatchObject({ whole: true });
    expect(old.replaced).toBeLessThan(3);
    await compare('east');
    await ledgers.east.rollups(95).catchUp();
    // The same figures from other cells are the same figures.
    expect((await pull('east', old.known)).replaced).toBe(0);
  }, 60_000);

  it('that was broken off anywhere is made good by the next one', async () => {
    await ledgers.west.insert(randomRows(random, 300, 30, 97));
    let through = 0;
    for (; ; through += 1) {
      let left = through;
      const broken = new Proxy(hub.connection, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (name !== 'insertJsonLines') return value;
          return async (...args: unknown[]) => {
            left -= 1;
            if (left < -1) throw new Error('killed');
            await (value as (...all: unknown[]) => Promise<void>).apply(target, args);
            // The last one is done, and nobody hears of it.
            if (left === -1) throw new Error('killed');
          };
        },
      });
      const outcome = await pull('west', null, broken).catch(() => null);
      if (outcome !== null) break;
    }
    // It was broken off after the first insert and after others, and each time it came further.
    expect(through).toBeGreaterThan(2);
    await compare('west');
    await compare('east');
  }, 120_000);

  it('takes away what a site has no more', async () => {
    await ledgers.west.connection.command(
      `DELETE FROM bellwether.events WHERE timestamp < toDateTime(${START_MS / 1000 + 50 * 3600}, 'UTC') SETTINGS mutations_sync = 1`,
    );
    expect((await pull('west')).replaced).toBeGreaterThan(0);
    await compare('west');
  }, 60_000);

  it('leaves nothing behind that counts no more', async () => {
    const cells = async (): Promise<unknown> =>
      hub.connection.query(
        `SELECT site, rollup, count() AS n, sum(requests) AS requests FROM bellwether.federated_cells GROUP BY site, rollup ORDER BY site, rollup`,
      );
    const scope = await scopeOf(hub.connection, names, everything);
    const before = await readSiteCosts(hub.connection, scope, readSiteDimensions('site,model'));
    const stored = await cells();
    await new FederatedCells(hub.connection, fakeClock(NOW_MS + HOUR_MS)).clean(0);
    expect(await cells()).not.toEqual(stored);
    expect(await readSiteCosts(hub.connection, scope, readSiteDimensions('site,model'))).toEqual(before);
    const left = await hub.connection.query<{ requests: number }>(
      `SELECT sum(requests) AS requests FROM bellwether.federated_cells GROUP BY toString(rollup)`,
    );
    expect(new Set(left.map(({ requests }) => requests))).toEqual(new Set([before.total.requests]));
  }, 60_000);
});

describe('answers over all sites', () => {
  it('are the sums of the sites', async () => {
    const scope = await scopeOf(hub.connection, names, everything);
    const [all, east, west] = await Promise.all(
      [names, ['east'], ['west']].map((sites) =>
        readSiteCosts(hub.connection, { ...scope, sites }, readSiteDimensions('site')),
      ),
    );
    const scaled = (usd = ''): bigint => parseUsd(usd) ?? -1n;
    expect(scaled(all?.total.cost_usd)).toBe(scaled(east?.total.cost_usd) + scaled(west?.total.cost_usd));
    expect(all?.rows.map(({ key }) => key['site']).toSorted()).toEqual(['east', 'west']);
  });

  it('have percentiles within a hundredth, and count a user of two sites once', async () => {
    const scope = { ...(await scopeOf(hub.connection, names, everything)), range: everything };
    const { total, users, by_site } = await readSiteOverview(hub.connection, scope);
    const all: number[] = [];
    const ids = new Set<string>();
    for (const { connection } of Object.values(ledgers)) {
      const rows = await connection.query<{ user_id: string; latency_ms: number | null }>(
        'SELECT user_id, latency_ms FROM bellwether.events',
      );
      for (const { user_id: id, latency_ms: latency } of rows) {
        if (id !== '') ids.add(id);
        if (latency !== null) all.push(latency);
      }
    }
    all.sort((a, b) => a - b);
    for (const [name, p] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const rank = p * (all.length - 1);
      expect(total.latency_ms[name]).toBeGreaterThanOrEqual((all[Math.floor(rank)] ?? 0) * 0.99);
      expect(total.latency_ms[name]).toBeLessThanOrEqual((all[Math.ceil(rank)] ?? 0) * 1.01);
    }
    expect(total.latency_ms.max).toBe(all.at(-1));
    expect(users).toEqual({ total: ids.size, by_site: { east: ids.size, west: ids.size } });
    expect(by_site.map(({ key }) => key['site'])).toEqual(['east', 'west']);
  });

  it('are of whole hours, and of one tenant if asked by it', async () => {
    const asked = { from: { epochSeconds: START_MS / 1000 + 36_061, nanoseconds: 5 }, to: instant(12) };
    const range = inWholeHours(asked);
    expect(range.from).toEqual(instant(10));
    const scope = await scopeOf(hub.connection, ['east'], { ...range, tenant: 'acme' });
    const { rows, total } = await readSiteCosts(hub.connection, scope, readSiteDimensions('tenant,hour'));
    const [expected] = await ledgers.east.connection.query<{ n: number }>(
      `SELECT count() AS n FROM bellwether.events WHERE tenant = 'acme'
       AND timestamp >= toDateTime(${START_MS / 1000 + 36_000}, 'UTC') AND timestamp < toDateTime(${START_MS / 1000 + 43_200}, 'UTC')`,
    );
    expect(total.requests).toBe(expected?.n);
    expect(rows.map(({ key }) => key)).toEqual([
      { tenant: 'acme', hour: '2026-11-18T10:00:00Z' },
      { tenant: 'acme', hour: '2026-11-18T11:00:00Z' },
    ]);
  });

  it('of nothing are zeros', async () => {
    const scope = { ...(await scopeOf(hub.connection, ['nowhere'], everything)), range: everything };
    const { total, rows } = await readSitePerformance(hub.connection, scope, readSiteDimensions('site'));
    expect(rows).toEqual([]);
    expect(total).toMatchObject({ requests: 0, cost_usd: '0.00', latency_ms: { p95: null } });
  });

  it('refuse dimensions that no rollup has together, and unknown ones', () => {
    expect(() => readSiteDimensions('model,team')).toThrow(/together/);
    expect(() => readSiteDimensions('user_id')).toThrow(/site/);
    expect(() => readSiteDimensions('site,tenant,provider,model,hour')).toThrow(/4/);
  });
});

describe('a hub', () => {
  /** A hub that pulls these sources once. */
  async function runOnce(sources: readonly SiteSource[], instance = 'a', seq = 10) {
    const events: string[] = [];
    const remembered = new Map<string, RememberedSite>([['east', { instance, seq, succeededMs: 5 }]]);
    const done = Promise.withResolvers<void>();
    let left = sources.length;
    const hear = (event: string): void => {
      events.push(event);
      if (event.startsWith('pulled') && (left -= 1) === 0) done.resolve();
    };
    const federation = new Federation({
      connection: hub.connection,
      sources,
      memory: {
        get: (site) => remembered.get(site) ?? null,
        set: (site, what) => void remembered.set(site, what),
      },
      intervalMs: 1000,
      clock: fakeClock(NOW_MS),
      log: silentLog,
      events: {
        pulled: (site, outcome) => hear(`pulled ${site} ${outcome}`),
        replaced: () => undefined,
        reset: (site) => hear(`reset ${site}`),
      },
    });
    federation.start();
    await done.promise;
    await federation.close();
    return { events, sites: federation.sites, remembered };
  }

  it('finds out that a site was restored, and compares everything', async () => {
    const { events, remembered } = await runOnce([sourceOf('east', 'a')]);
    expect(events).toEqual(['reset east', 'pulled east success']);
    expect(remembered.get('east')).toEqual({ instance: 'a', seq: 1, succeededMs: NOW_MS });
    expect((await runOnce([sourceOf('east', 'b')], 'a', 1)).events).toContain('reset east');
    expect((await runOnce([sourceOf('east', 'a')], 'a', 1)).events).toEqual(['pulled east success']);
  });

  it('keeps the figures of a site that is away, and says how old they are', async () => {
    const away: SiteSource = {
      site: 'east',
      manifest: () => Promise.reject(new SiteProblem('there was no whole answer')),
      buckets: () => Promise.reject(new Error('never asked')),
    };
    const { sites } = await runOnce([away, sourceOf('west')]);
    expect(sites).toMatchObject([
      { site: 'east', state: 'down', succeededMs: 5, problem: 'there was no whole answer' },
      { site: 'west', state: 'up', problem: null },
    ]);
    await compare('east');
  });

  it('does not count one server as two sites', async () => {
    const twice = { ...sourceOf('west', 'same'), site: 'other' };
    const { sites } = await runOnce([sourceOf('west', 'same'), twice]);
    expect(sites.map(({ problem }) => problem).filter((problem) => problem !== null)).toHaveLength(1);
  });
});
