import { describe, expect, it } from 'vitest';
import type { IdentityStoreOptions } from './options.ts';
import {
  DAY_MS,
  checkTexts,
  Journal,
  seededRandom,
  smallOptions,
  temporaryDirectories,
  unsyncedFiles,
} from './test-support.ts';

const newDirectory = temporaryDirectories();

interface Known {
  readonly fingerprint: number;
  readonly arrivalMs: number;
}

interface Scenario {
  readonly seed: number;
  readonly operations: number;
  /** False for a clock that also jumps back. */
  readonly steadyClock: boolean;
  readonly options: Partial<IdentityStoreOptions>;
}

/** Plays random operations against a Map; returns how often each kind of answer was compared. */
function play({ seed, operations, steadyClock, options }: Scenario): Record<string, number> {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random() * below);
  let clock = 0;
  const settings = smallOptions(newDirectory(), {
    files: unsyncedFiles,
    elapsedMs: () => clock++,
    ...options,
  });
  const { windowMs } = settings;
  const partitionMs = Math.ceil(windowMs / 7);
  const journal = new Journal(settings);
  const known = new Map<string, Known>();
  const seen: Record<string, number> = {};
  let nowMs = 0;
  let expiredMs = Number.NEGATIVE_INFINITY;

  function checkBlock(): void {
    const texts = Array.from({ length: 1 + pick(12) }, () => {
      const id = random() < 0.5 ? pick(40) : pick(4000);
      return { key: `t${id % 3}/x-${id}`, fingerprint: random() < 0.8 ? 1 : 2 };
    });
    const answers = checkTexts(
      journal.store,
      nowMs,
      ...texts.map(({ key, fingerprint }) => `${key}=${fingerprint}`),
    );
    const staged = new Map<string, Known>();
    texts.forEach(({ key, fingerprint }, index) => {
      const answer = answers[index]!;
      const before = staged.get(key) ?? known.get(key);
      seen[answer] = (seen[answer] ?? 0) + 1;
      const forgettable = before !== undefined && !staged.has(key) && before.arrivalMs < expiredMs;
      if (before === undefined || (forgettable && answer === 'new')) {
        expect(answer).toBe('new');
        staged.set(key, { fingerprint, arrivalMs: nowMs });
        return;
      }
      const kind = before.fingerprint === fingerprint ? 'duplicate' : 'conflict';
      expect([kind, `stale-${kind}`]).toContain(answer);
      const ageMs = nowMs - before.arrivalMs;
      if (ageMs <= windowMs) expect(answer).toBe(kind);
      else if (steadyClock && ageMs > windowMs + partitionMs) expect(answer).toBe(`stale-${kind}`);
    });
    if (random() < 0.2) {
      journal.store.rollback();
      return;
    }
    journal.commit(nowMs);
    for (const [key, value] of staged) known.set(key, value);
  }

  function tick(): void {
    if (steadyClock) {
      nowMs += random() < 0.1 ? pick(2 * DAY_MS) : pick(DAY_MS / 24);
      // Sealed at once, so that no table goes on beyond its partition.
      while (journal.store.sealable()) journal.seal();
    } else {
      nowMs = Math.max(0, nowMs + pick(4 * DAY_MS) - pick(3 * DAY_MS));
    }
  }

  function restart(): void {
    if (random() < 0.5) journal.store.close();
    journal.reopen();
  }

  function expire(): void {
    expiredMs = Math.max(expiredMs, nowMs - 60 * DAY_MS);
    journal.store.expireBefore(expiredMs);
  }

  for (let operation = 0; operation < operations; operation++) {
    const choice = random();
    if (choice < 0.6) checkBlock();
    else if (choice < 0.7) tick();
    else if (choice < 0.78) journal.seal(pick(30));
    else if (choice < 0.92) journal.store.maintain(pick(60));
    else if (choice < 0.96) expire();
    else restart();
    if (journal.store.sealable() && random() < 0.5) journal.seal();
    while (journal.store.sealable() && journal.store.status().unsealedEntries > 70) journal.seal();
  }
  expect(journal.store.status()).toMatchObject({ uncertain: 0, quarantined: [] });
  journal.store.close();
  return seen;
}

describe('the identity store against a Map', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))('with a steady clock, seed %i', (seed) => {
    const seen = play({ seed, operations: 3000, steadyClock: true, options: { mergeSpanMs: 30 * DAY_MS } });
    for (const verdict of ['new', 'duplicate', 'conflict', 'stale-duplicate', 'stale-conflict']) {
      expect(seen[verdict]).toBeGreaterThan(20);
    }
  });

  it.each(Array.from({ length: 5 }, (_, seed) => 100 + seed))('with a clock that jumps, seed %i', (seed) => {
    const seen = play({ seed, operations: 3000, steadyClock: false, options: { mergeSpanMs: 30 * DAY_MS } });
    expect(seen['duplicate']).toBeGreaterThan(100);
  });

  it.each([200, 201])('with no memory for filters, seed %i', (seed) => {
    const options = { tableEntriesMax: 65_536 };
    const seen = play({ seed, operations: 1500, steadyClock: true, options });
    expect(seen['stale-conflict']).toBeGreaterThan(20);
  });
});
