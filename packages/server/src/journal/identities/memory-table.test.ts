import { describe, expect, it } from 'vitest';
import { MemoryTable } from './memory-table.ts';
import { seededRandom } from './test-support.ts';

describe('the table of unsealed identities', () => {
  it('agrees with a Map while entries are staged, committed and forgotten', () => {
    const random = seededRandom(3);
    const table = new MemoryTable(256, 1);
    // Few slots and words, so that the probe sequences of many entries overlap.
    const words = () => [0, 1, 2].map(() => Math.floor(random() * 9)) as [number, number, number];
    let committed = new Map<string, number>();
    let staged = new Map<string, number>();
    let block = 0;
    for (let operation = 0; operation < 50_000; operation++) {
      const [h0, h1, h2] = words();
      const key = `${h0} ${h1} ${h2}`;
      const expected = staged.get(key) ?? committed.get(key) ?? -1;
      expect(table.find(h0, h1, h2)).toBe(expected);
      const choice = random();
      if (choice < 0.5 && expected < 0 && table.count < 256) {
        table.stage(h0, h1, h2, operation);
        staged.set(key, table.count - 1);
      } else if (choice < 0.55) {
        table.commit(block++, 0);
        for (const [name, entry] of staged) committed.set(name, entry);
        staged = new Map();
      } else if (choice < 0.6) {
        const keep = Math.floor(random() * (staged.size + 1));
        table.unstage(keep);
        staged = new Map([...staged].slice(0, keep));
      } else if (choice < 0.602) {
        table.clear();
        committed = new Map();
        staged = new Map();
      }
    }
  });

  it('finds by all 96 bits, the highest included', () => {
    const table = new MemoryTable(64, 1);
    const top = 0xffff_ffff;
    table.stage(top, top, top, top);
    expect(table.find(top, top, top)).toBe(0);
    for (const [h0, h1, h2] of [
      [top - 1, top, top],
      [top, top - 1, top],
      [top, top, top - 1],
      [top, top, 0],
    ] as const) {
      expect(table.find(h0, h1, h2)).toBe(-1);
    }
    expect([...table.entries.subarray(0, 4)]).toEqual([top, top, top, top]);
  });

  it('knows when an entry arrived, to the resolution and never too early', () => {
    const table = new MemoryTable(64, 10);
    const arrivals = [100, 105, 109, 110, 108, 121, 50, 119];
    arrivals.forEach((arrivalMs, index) => {
      table.stage(index, index, index, 0);
      table.commit(index, arrivalMs);
    });
    table.stage(9, 9, 9, 0);
    const known = arrivals.map((_, index) => table.arrivalMsOf(index, 999));
    expect(known).toEqual([109, 109, 109, 110, 110, 121, 50, 119]);
    expect(table.arrivalMsOf(8, 999)).toBe(999);
    expect([table.firstArrivalMs, table.lastArrivalMs, table.highestBlock]).toEqual([50, 121, 7]);
  });
});
