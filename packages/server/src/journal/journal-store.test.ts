import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashIdentity, hashText } from './identities/index.ts';
import { JournalStore } from './journal-store.ts';
import type { Submission } from './submission.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 10, 20, 12);
let directory: string;
let store: JournalStore;
let seq = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-journal-'));
  store = reopen();
  seq = 0;
});

afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

function reopen(options: { readonly hasHistory?: boolean } = {}): JournalStore {
  return new JournalStore({
    ...options,
    directory,
    identityWindowMs: 7 * DAY_MS,
    identityMemoryBytesMax: 8 * 1024 * 1024,
    recentBytesMax: 32 * 1024 * 1024,
  });
}

interface TestRow {
  readonly id: string;
  readonly input_tokens?: number;
  readonly cost_usd?: string;
}

function submission(
  rows: readonly TestRow[],
  options: { partial?: boolean; arrivedMs?: number } = {},
): Submission {
  const lines = rows.map((row) => `${JSON.stringify({ journal: store.identity.id, seq: ++seq, ...row })}\n`);
  const identities = new Uint32Array(rows.length * 4);
  rows.forEach(({ id, ...payload }, i) => {
    hashIdentity(store.identity.seed, '', id, identities, i * 4);
    identities[i * 4 + 3] = hashText(store.identity.seed, JSON.stringify(payload));
  });
  const input = rows.reduce((sum, row) => sum + BigInt(row.input_tokens ?? 0), 0n);
  const priced = rows.filter((row) => row.cost_usd !== undefined);
  return {
    payload: new TextEncoder().encode(lines.join('')),
    identities,
    totals: {
      events: rows.length,
      inputTokens: input,
      outputTokens: 0n,
      costPicoUsd: BigInt(priced.length) * 10n ** 12n,
      unpriced: rows.length - priced.length,
    },
    arrivedMs: options.arrivedMs ?? NOON_MS,
    partial: options.partial ?? false,
  };
}

function storedIds(after = 0): string[] {
  return store.read(after, 1e9).flatMap(({ payload }) =>
    Buffer.from(payload)
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as TestRow).id),
  );
}

describe('kinds', () => {
  /** Two samples, which have no identities. */
  const samples = (): Submission => ({
    ...submission([]),
    kind: 'sample',
    rows: 2,
    payload: new TextEncoder().encode('{"seq":1}\n{"seq":2}\n'),
  });
  const pending = () => store.read(0, 1e9).map(({ block, kind, rows }) => ({ block, kind, rows }));

  it('puts what one commit takes in into a block for each kind, and counts events alone', () => {
    const feedback = (id: string): Submission => ({
      ...submission([{ id }]),
      kind: 'feedback',
      totals: none,
    });
    const none = { events: 0, inputTokens: 0n, outputTokens: 0n, costPicoUsd: 0n, unpriced: 0 };
    const receipts = store.append(
      [samples(), feedback('f1'), submission([{ id: 'a', input_tokens: 5 }]), feedback('f1')],
      seq,
    );
    expect(receipts.map(({ accepted, duplicates, block }) => ({ accepted, duplicates, block }))).toEqual([
      { accepted: 2, duplicates: 0, block: 3 },
      { accepted: 1, duplicates: 0, block: 3 },
      { accepted: 1, duplicates: 0, block: 3 },
      { accepted: 0, duplicates: 1, block: 3 },
    ]);
    const expected = [
      { block: 1, kind: 'event', rows: 1 },
      { block: 2, kind: 'feedback', rows: 1 },
      { block: 3, kind: 'sample', rows: 2 },
    ];
    expect(pending()).toEqual(expected);
    expect(store.status()).toMatchObject({ pendingRows: 1, totals: { events: 1, inputTokens: 5n } });
    store.close();
    store = reopen();
    expect(pending()).toEqual(expected);
    const again = store.append([feedback('f1'), samples()], seq);
    expect(again.map(({ accepted, duplicates }) => [accepted, duplicates])).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it('takes up a journal of the version before, whose blocks are all events', () => {
    store.append([submission([{ id: 'old' }])], seq);
    store.close();
    const old = new DatabaseSync(join(directory, 'journal.db'));
    old.exec('ALTER TABLE blocks DROP COLUMN kind; PRAGMA user_version = 1');
    old.close();
    store = reopen();
    expect(storedIds()).toEqual(['old']);
    store.append([samples()], seq);
    expect(pending().map(({ kind }) => kind)).toEqual(['event', 'sample']);
  });
});

describe('append', () => {
  it('stores what is new and drops what was there, within a request and between requests', () => {
    const [first, second] = store.append(
      [submission([{ id: 'a' }, { id: 'b' }, { id: 'a' }]), submission([{ id: 'b' }, { id: 'c' }])],
      5,
    );
    expect(first).toMatchObject({ accepted: 2, duplicates: 1, conflicts: [], refused: false });
    expect(second).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(storedIds()).toEqual(['a', 'b', 'c']);
  });

  it('refuses a request with a conflict whole, and the others of the same commit not at all', () => {
    store.append([submission([{ id: 'a', input_tokens: 1 }])], 1);
    const receipts = store.append(
      [submission([{ id: 'x' }, { id: 'a', input_tokens: 2 }]), submission([{ id: 'x' }])],
      4,
    );
    expect(receipts).toMatchObject([
      { accepted: 0, refused: true, conflicts: [1] },
      { accepted: 1, refused: false },
    ]);
    expect(storedIds()).toEqual(['a', 'x']);
  });

  it('leaves out only the conflict of a partial request', () => {
    store.append([submission([{ id: 'a', input_tokens: 1 }])], 1);
    const [receipt] = store.append(
      [submission([{ id: 'a', input_tokens: 2 }, { id: 'b' }], { partial: true })],
      3,
    );
    expect(receipt).toMatchObject({ accepted: 1, duplicates: 0, conflicts: [0], refused: false });
    expect(storedIds()).toEqual(['a', 'b']);
  });

  it('drops and counts a conflict after the identity window instead of refusing it', () => {
    store.append([submission([{ id: 'a', input_tokens: 1 }])], 1);
    const late = submission([{ id: 'a', input_tokens: 2 }, { id: 'b' }], { arrivedMs: NOON_MS + 9 * DAY_MS });
    expect(store.append([late], 3)).toMatchObject([
      { accepted: 1, duplicates: 1, staleConflicts: 1, refused: false },
    ]);
  });

  it('keeps the sums of what it accepted, and of nothing else, by day of arrival', () => {
    store.append(
      [
        submission([
          { id: 'a', input_tokens: 10, cost_usd: '1' },
          { id: 'a', input_tokens: 10, cost_usd: '1' },
        ]),
      ],
      2,
    );
    store.append(
      [
        submission(
          [
            { id: 'a', input_tokens: 10, cost_usd: '1' },
            { id: 'b', input_tokens: 5 },
          ],
          { arrivedMs: NOON_MS + DAY_MS },
        ),
      ],
      4,
    );
    expect(store.totalsByDay()).toEqual([
      {
        day: '2026-11-20',
        totals: { events: 1, inputTokens: 10n, outputTokens: 0n, costPicoUsd: 10n ** 12n, unpriced: 0 },
      },
      {
        day: '2026-11-21',
        totals: { events: 1, inputTokens: 5n, outputTokens: 0n, costPicoUsd: 0n, unpriced: 1 },
      },
    ]);
  });
});

describe('read', () => {
  it('gives blocks in order from memory and, asked again, from the disk', () => {
    for (const id of ['a', 'b', 'c']) store.append([submission([{ id }])], seq);
    expect(storedIds()).toEqual(['a', 'b', 'c']);
    expect(storedIds()).toEqual(['a', 'b', 'c']);
    store.append([submission([{ id: 'd' }])], seq);
    expect(storedIds()).toEqual(['a', 'b', 'c', 'd']);
    expect(storedIds(3)).toEqual(['d']);
  });

  it('stops at the wanted size, but gives one block at least', () => {
    for (const id of ['a', 'b', 'c']) store.append([submission([{ id }])], seq);
    expect(store.read(0, 1).map(({ block }) => block)).toEqual([1]);
    expect(store.read(1, 1).map(({ block }) => block)).toEqual([2]);
    expect(store.read(0, 1e9).map(({ block }) => block)).toEqual([1, 2, 3]);
  });
});

describe('a restart', () => {
  it('remembers identities, pending blocks, sums and the row numbers', () => {
    store.append([submission([{ id: 'a' }, { id: 'b' }])], 2);
    const { id } = store.identity;
    store.close();
    store = reopen();
    expect(store.identity).toMatchObject({ id, nextSeq: 3 });
    expect(store.append([submission([{ id: 'a' }, { id: 'c' }])], 4)).toMatchObject([
      { accepted: 1, duplicates: 1 },
    ]);
    expect(storedIds()).toEqual(['a', 'b', 'c']);
    expect(store.status()).toMatchObject({ loadedBlock: 0, pendingRows: 3, totals: { events: 3 } });
  });

  it('forgets payloads that the ledger has, and no identity', () => {
    store.append([submission([{ id: 'a' }])], 1);
    store.append([submission([{ id: 'b' }])], 2);
    store.markLoaded(1);
    store.close();
    store = reopen();
    expect(storedIds()).toEqual(['b']);
    expect(store.status().loadedBlock).toBe(1);
    expect(store.append([submission([{ id: 'a' }])], 3)).toMatchObject([{ accepted: 0, duplicates: 1 }]);
  });

  it('before anything is sealed has lost no identity, so it takes events in at once', () => {
    store.append([submission([{ id: 'a' }, { id: 'b' }])], seq);
    store.close();
    store = reopen({ hasHistory: true });
    expect(store.status()).toMatchObject({ identitiesLost: false, recovering: false });
    expect(store.append([submission([{ id: 'b' }, { id: 'c' }])], seq)).toMatchObject([
      { accepted: 1, duplicates: 1 },
    ]);
  });

  it('is refused to a second server on the same directory', () => {
    expect(() => reopen()).toThrow(/locked/);
  });
});

describe('damage', () => {
  it('sets a block with flipped bits apart, loads the others and says so', () => {
    for (const id of ['a', 'b', 'c']) store.append([submission([{ id }])], seq);
    store.close();
    const db = new DatabaseSync(join(directory, 'journal', '..', 'journal.db'));
    db.exec('UPDATE blocks SET payload = CAST(\'{"id":"z"}\' || char(10) AS BLOB) WHERE block = 2');
    db.close();
    store = reopen();
    expect(storedIds()).toEqual(['a', 'c']);
    expect(store.status().damagedBlocks).toBe(1);
    store.markLoaded(3);
    expect(store.status()).toMatchObject({ damagedBlocks: 1, pendingRows: 1 });
  });
});

describe('identities that are due to be sealed', () => {
  const identities = (): string => join(directory, 'identities');
  const resent = (): number => store.append([submission([{ id: 'a' }])], seq)[0]?.duplicates ?? 0;

  beforeEach(() => {
    store.append([submission([{ id: 'a' }])], 1);
    store.append([submission([{ id: 'b' }], { arrivedMs: NOON_MS + 2 * DAY_MS })], 2);
  });

  it('stay with their blocks while no run can be written, and nothing else suffers', () => {
    const inTheWay = join(identities(), 'run-1.unfinished');
    mkdirSync(inTheWay);
    store.maintain(1000);
    expect(resent()).toBe(1);
    expect(store.append([submission([{ id: 'c' }])], seq)).toMatchObject([{ accepted: 1 }]);
    rmdirSync(inTheWay);
    store.maintain(1000);
    expect(readdirSync(identities())).toContain('run-000000000001-000000000001.ids');
    expect(resent()).toBe(1);
  });

  it('are reported when their run is damaged', () => {
    store.maintain(1000);
    expect(store.status().damagedRuns).toBe(0);
    store.close();
    writeFileSync(join(identities(), 'run-000000000001-000000000001.ids'), 'no run at all');
    store = reopen();
    expect(store.status().damagedRuns).toBe(1);
  });
});
