import type { Instant } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeptDays } from '../ledger/kept-days.ts';
import { removeStale } from './expire.ts';
import { columnTypes, figures, percentiles } from './figures.ts';
import { type FigureQuestion, type Key, type Plan, planFigures } from './plan.ts';
import { DAY, HOUR, MINUTE, rollupSets, type Width } from './rollup-sets.ts';
import { readRollupState, type RollupState } from './rollup-state.ts';
import { openTestLedger, pick, randomRows, seededRandom, START_MS, type TestLedger } from './test-support.ts';

const random = seededRandom(20_261_121);
let ledger: TestLedger;

beforeAll(async () => {
  ledger = await openTestLedger();
  // Three days and some hours, of which the last are not over yet.
  await ledger.insert(randomRows(random, 3000, 1, 78));
}, 60_000);
afterAll(() => ledger.close());

const DIMENSIONS = [...new Set(rollupSets.flatMap(({ dimensions }) => dimensions)), 'region'];

/** A question that rollups can answer, most of the time. */
function randomQuestion(keptDays: FigureQuestion['keptDays']): FigureQuestion {
  const set = pick(random, rollupSets);
  const names = new Set(
    Array.from({ length: Math.floor(random() * 3) }, () =>
      pick(random, random() < 0.9 ? set.dimensions : DIMENSIONS),
    ),
  );
  const stepSeconds = pick(random, [0, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY]);
  const filtered = random() < 0.4 ? [pick(random, set.dimensions)] : [];
  const keys: Key[] = [...names].map((name) => ({
    alias: `k_${name}`,
    ofRows: name,
    ofCells: name,
    widthMax: Number.POSITIVE_INFINITY,
  }));
  const stepOf = (seconds: string): string => `intDiv(${seconds}, ${stepSeconds})`;
  if (stepSeconds > 0)
    keys.push({
      alias: 'step',
      ofRows: stepOf('toUnixTimestamp64Second(timestamp)'),
      ofCells: stepOf('toInt64(toUnixTimestamp(at))'),
      widthMax: stepSeconds,
    });
  const instant = (): Instant => ({
    epochSeconds: START_MS / 1000 + Math.floor(random() * 80 * 60) * 60 + (random() < 0.3 ? 17 : 0),
    nanoseconds: random() < 0.2 ? Math.floor(random() * 1e9) : 0,
  });
  const [a, b] = [instant(), instant()].toSorted((x, y) => x.epochSeconds - y.epochSeconds);
  return {
    figures: [...new Set(Array.from({ length: 4 }, () => pick(random, [...figures.keys()])))],
    keys,
    dimensions: [...names, ...filtered],
    filter:
      filtered.length === 0
        ? { sql: '1', parameters: {} }
        : {
            sql: `${filtered[0]} != {not:String}`,
            parameters: { not: pick(random, ['', 'openai', 'b1', 'u1']) },
          },
    range: {
      from: random() < 0.1 ? null : (a ?? null),
      to: random() < 0.1 ? null : (b ?? null),
      tenant: random() < 0.2 ? 'acme' : null,
    },
    keptDays,
    chargesApart: false,
  };
}

type Row = Record<string, string | number | readonly number[]>;

async function answer(plan: Plan, { keys, figures: names }: FigureQuestion): Promise<Row[]> {
  const columns = [
    ...keys.map(({ alias }) => alias),
    ...names.map((name) =>
      figures.get(name)?.kind === 'sketch' ? `f_${name}` : `toString(f_${name}) AS ${name}`,
    ),
  ];
  const order = keys.length === 0 ? '' : ` ORDER BY ${keys.map(({ alias }) => alias).join(', ')}`;
  return ledger.connection.query<Row>(
    `SELECT ${columns.join(', ')} FROM (${plan.sql})${order}`,
    plan.parameters,
  );
}

/** The answer of the rows alone. */
const nothingRolled: RollupState = {
  version: 0,
  journal: '',
  seq: 0,
  horizon: 0,
  minutesFrom: {},
  hoursFrom: 0,
  requestsPerCell: {},
  hasStale: false,
  hasRatings: false,
  hasLate: false,
  changed: [],
};

/** As if cells held so many requests that they are always worth reading. */
function eager(state: RollupState): RollupState {
  const all = rollupSets.flatMap(({ name, widths }) =>
    widths.map((width) => [`${name}.${width}`, 100 + random()] as const),
  );
  return { ...state, requestsPerCell: Object.fromEntries(all) };
}

/** Asks random questions of cells and of rows. Gives how often cells of each rollup and width took part. */
async function compare(questions: number): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  const keptDays = await readKeptDays(ledger.connection);
  const state = eager(await readRollupState(ledger.connection));
  for (let i = 0; i < questions; i += 1) {
    const question = randomQuestion(keptDays);
    const plan = planFigures(question, state);
    for (const { set, width } of plan.cells) {
      const name = `${set.name} ${width}`;
      used.set(name, (used.get(name) ?? 0) + 1);
    }
    if (plan.cells.length === 0) continue;
    const [planned, raw] = [
      await answer(plan, question),
      await answer(planFigures(question, nothingRolled), question),
    ];
    expect(planned).toEqual(raw);
  }
  return used;
}

async function cellsOf(name: string, condition = '1'): Promise<number> {
  const { version } = await readRollupState(ledger.connection);
  const [row] = await ledger.connection.query<{ cells: number }>(
    `SELECT count() AS cells FROM bellwether.cells_${name} WHERE version <= ${version} AND ${condition}`,
  );
  return row?.cells ?? 0;
}

describe('rollups', () => {
  it('have the columns that the code goes by', async () => {
    const columns = await ledger.connection.query<{ table: string; name: string; type: string }>(
      `SELECT table, name, type FROM system.columns WHERE database = 'bellwether' AND table LIKE 'cells_%' ORDER BY position`,
    );
    for (const { name, dimensions, figures: stored } of rollupSets) {
      const found = columns.filter(({ table }) => table === `cells_${name}`);
      expect(found.map((column) => column.name)).toEqual([
        'width',
        'at',
        'version',
        ...dimensions,
        ...stored.map((figure) => figure.name),
      ]);
      const types = new Map(found.map((column) => [column.name, column.type]));
      for (const { name: figure, kind } of stored)
        expect(types.get(figure)).toBe(kind === 'distinct' ? '' : columnTypes[kind]);
    }
  });

  it('are what questions are answered from, with the answers of the rows', async () => {
    const report = await ledger.rollups(74).catchUp();
    expect(report).toMatchObject({ newHours: 73, repairedHours: 0, hasMore: false });
    const used = await compare(250);
    for (const { name, widths } of rollupSets)
      for (const width of widths)
        expect([name, width, used.has(`${name} ${width}`)]).toEqual([name, width, true]);
  }, 60_000);

  it('compute nothing again when nothing has come', async () => {
    const before = await readRollupState(ledger.connection);
    expect((await ledger.rollups(74).catchUp()).version).toBeNull();
    expect(await readRollupState(ledger.connection)).toEqual(before);
  });

  it('have late rows in their answers at once, and in their cells after the next pass', async () => {
    await ledger.insert(randomRows(random, 200, 10, 14));
    await ledger.insert(randomRows(random, 20, 0, 1));
    await compare(30);
    const report = await ledger.rollups(74).catchUp();
    expect(report).toMatchObject({ newHours: 0, repairedHours: 5 });
    await compare(60);
    expect((await readRollupState(ledger.connection)).hasStale).toBe(true);
  }, 60_000);

  it('leave changed rows to the rows until they are repaired', async () => {
    const fromMs = START_MS + 30 * HOUR * 1000;
    const stretch = { fromMs, toMs: fromMs + 2 * HOUR * 1000 };
    await ledger.rowChanges.during([stretch], () =>
      ledger.connection.command(
        `ALTER TABLE bellwether.events UPDATE cost_usd = 7 WHERE timestamp >= toDateTime(${fromMs / 1000}, 'UTC')
         AND timestamp < toDateTime(${fromMs / 1000 + 2 * HOUR}, 'UTC') SETTINGS mutations_sync = 1`,
      ),
    );
    expect((await readRollupState(ledger.connection)).changed).toHaveLength(1);
    await compare(30);
    expect(await ledger.rollups(74).catchUp()).toMatchObject({ repairedHours: 2 });
    expect((await readRollupState(ledger.connection)).changed).toEqual([]);
    await compare(40);
  }, 60_000);

  it('go on after a pass that was broken off anywhere', async () => {
    const more = ledger.rollups(76);
    // The statements of a pass, one more of which is let through each time.
    for (let through = 0; ; through += 16) {
      let left = through;
      const broken = new Proxy(ledger.connection, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (name !== 'command' && name !== 'insertJsonLines') return value;
          return (...args: unknown[]) => {
            left -= 1;
            if (left < 0) return Promise.reject(new Error('killed'));
            return (value as (...all: unknown[]) => Promise<void>).apply(target, args);
          };
        },
      });
      const outcome = await ledger
        .rollups(76, { connection: broken })
        .catchUp()
        .catch(() => null);
      await compare(3);
      if (outcome !== null) break;
    }
    expect((await more.catchUp()).version).toBeNull();
    await compare(30);
  }, 120_000);

  it('give up a pass when they are told to stop, and go on later', async () => {
    const stopped = new Proxy(ledger.connection, {
      get(target, name) {
        if (name === 'command') rollups.stop();
        return Reflect.get(target, name) as unknown;
      },
    });
    const rollups = ledger.rollups(78, { connection: stopped });
    await expect(rollups.catchUp()).rejects.toThrow('given up');
    await compare(3);
    expect((await ledger.rollups(78).catchUp()).version).not.toBeNull();
    await compare(30);
  }, 60_000);

  it('remove cells that were computed anew, once no question can need them', async () => {
    const cells = await cellsOf('models');
    const state = await readRollupState(ledger.connection);
    expect(state.hasStale).toBe(true);
    expect(await removeStale(ledger.connection, START_MS + 200 * HOUR * 1000)).toBeGreaterThan(0);
    expect((await readRollupState(ledger.connection)).hasStale).toBe(false);
    expect(await cellsOf('models')).toBeLessThan(cells);
    await compare(30);
  }, 60_000);

  it('have quantiles within a hundredth of the exact ones', async () => {
    const state = eager(await readRollupState(ledger.connection));
    const question: FigureQuestion = {
      figures: ['latency_sketch'],
      keys: [{ alias: 'k', ofRows: 'backend_id', ofCells: 'backend_id', widthMax: Number.POSITIVE_INFINITY }],
      dimensions: ['backend_id'],
      filter: { sql: '1', parameters: {} },
      range: { from: null, to: null },
      keptDays: [],
      chargesApart: false,
    };
    const plan = planFigures(question, state);
    expect(plan.cells.map(({ width }): Width => width)).toContain(DAY);
    const sketched = await ledger.connection.query<{ k: string; f_latency_sketch: number[] }>(
      `SELECT k, f_latency_sketch FROM (${plan.sql}) ORDER BY k`,
      plan.parameters,
    );
    const exact = await ledger.connection.query<{ k: string; all: number[] }>(
      `SELECT backend_id AS k, arraySort(groupArray(latency_ms)) AS all FROM bellwether.events GROUP BY k ORDER BY k`,
    );
    expect(sketched.map(({ k }) => k)).toEqual(exact.map(({ k }) => k));
    for (const [i, { all }] of exact.entries())
      for (const [j, p] of percentiles.entries()) {
        const rank = (p / 100) * (all.length - 1);
        const [low, high] = [all[Math.floor(rank)] ?? 0, all[Math.ceil(rank)] ?? 0];
        const found = sketched[i]?.f_latency_sketch[j] ?? 0;
        expect(found).toBeGreaterThanOrEqual(low * 0.99);
        expect(found).toBeLessThanOrEqual(high * 1.01);
      }
  });

  it('of minutes are given up where they are nearly as many as rows', async () => {
    await ledger.insert(randomRows(random, 100, 76, 77));
    await ledger.rollups(77, { fineShares: { from: 1, until: 0.5 } }).catchUp();
    const { minutesFrom, horizon } = await readRollupState(ledger.connection);
    expect(minutesFrom['models']).toBe(horizon);
    expect((await compare(40)).has('models 60')).toBe(false);
    await ledger.rollups(78).catchUp();
    expect((await readRollupState(ledger.connection)).minutesFrom['models']).toBe(horizon);
    await compare(40);
  }, 60_000);

  it('of minutes go first, and those of hours and days stay', async () => {
    const nowMs = START_MS + 78 * HOUR * 1000;
    const limits = { minutesDays: 1, hoursDays: 2 };
    // Questions are told first; those of minutes were told when these were given up.
    const told = await ledger.rollups(78, limits).expire(nowMs);
    expect(told.minutes).toBeGreaterThan(0);
    expect(told.hoursAndDays).toBe(0);
    await compare(30);
    const gone = await ledger.rollups(79, limits).expire(nowMs);
    // Hours of users were kept until then, and go as minutes do.
    expect(gone.minutes).toBeGreaterThan(0);
    expect(gone.hoursAndDays).toBeGreaterThan(0);
    const first = (width: number) =>
      cellsOf('models', `width = ${width} AND at < toDateTime(${START_MS / 1000 + 24 * HOUR}, 'UTC')`);
    expect(await first(MINUTE)).toBe(0);
    expect(await first(HOUR)).toBe(0);
    await compare(30);
  }, 60_000);
});
