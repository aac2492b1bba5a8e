import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HighWaterMark, readHighWater } from './high-water.ts';

const directory = mkdtempSync(join(tmpdir(), 'high-water-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the high-water mark', () => {
  it('is read as it was written last, and stays when it is opened again', () => {
    const path = join(directory, 'mark');
    expect(readHighWater(path)).toBeNull();
    const mark = new HighWaterMark(path);
    mark.set({ block: 1, seq: 2, events: 3 });
    mark.set({ block: 4, seq: 2 ** 53 - 1, events: 6 });
    mark.close();
    new HighWaterMark(path).close();
    expect(readHighWater(path)).toEqual({ block: 4, seq: 2 ** 53 - 1, events: 6 });
  });

  it('says nothing rather than something wrong when a bit of it has turned or its end is missing', () => {
    const path = join(directory, 'damaged');
    const mark = new HighWaterMark(path);
    mark.set({ block: 1, seq: 2, events: 3 });
    mark.close();
    const bytes = readFileSync(path);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Buffer.from(bytes);
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, turned);
      expect(readHighWater(path)).toBeNull();
    }
    for (let length = 0; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(readHighWater(path)).toBeNull();
    }
  });
});
