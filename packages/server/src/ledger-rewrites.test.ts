import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readErasures, tombstoneOf, writeErasures } from './erasure/tombstones.ts';
import { rewritesOf } from './ledger-rewrites.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-rewrites-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('names an erasure when it begins and when it has ended, each by another name', async () => {
  const names = [rewritesOf(directory)];
  for (const user of ['a', 'b']) {
    const { erasures } = readErasures(directory);
    const known = { erasures_version: 1, erasures: [...erasures, tombstoneOf(user, null, 0, [])] } as const;
    for (const reapply of [true, false]) {
      await writeErasures(directory, { ...known, reapply });
      names.push(rewritesOf(directory));
    }
  }
  expect(names[0]).toBe('');
  expect(new Set(names).size).toBe(5);
  expect(rewritesOf(directory)).toBe(names.at(-1));
});
