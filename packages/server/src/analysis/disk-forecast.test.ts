import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../clock.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { diskFullDays } from './disk-forecast.ts';
import { type LedgerSize, SizeHistory, sizesStatePart } from './size-history.ts';

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;

/** A ledger that takes so much each hour on a disk that is otherwise empty. */
function growing(hours: number, bytesAnHour: number, availableBytes: number): LedgerSize[] {
  return Array.from({ length: hours + 1 }, (_none, n) => ({
    atMs: n * HOUR_MS + 1234,
    ledgerBytes: 10 * GIB + n * bytesAnHour,
    availableBytes,
  }));
}

describe('the days until the disk is full', () => {
  it('are told by hours at first, by days later', () => {
    const soon = diskFullDays(growing(48, GIB, 100 * GIB));
    expect(Math.abs((soon?.expected ?? 0) - 100 / 24)).toBeLessThan(0.3);
    const later = diskFullDays(growing(24 * 30, GIB, 24 * 50 * GIB));
    expect(Math.abs((later?.expected ?? 0) - 50)).toBeLessThan(3);
    expect(later?.upper95).toBeLessThanOrEqual(later?.upper80 ?? 0);
    expect(later?.upper80).toBeLessThanOrEqual(later?.expected ?? 0);
    expect(later?.expected).toBeLessThanOrEqual(later?.lower80 ?? 0);
  });

  it('are as many as are looked ahead where nothing grows', () => {
    expect(diskFullDays(growing(48, 0, GIB))).toMatchObject({ expected: 30, upper95: 30 });
    expect(diskFullDays(growing(24 * 20, 0, GIB))).toMatchObject({ expected: 365, upper95: 365 });
  });

  it('are not known before there is a day of history, and bear gaps', () => {
    expect(diskFullDays([])).toBeNull();
    expect(diskFullDays(growing(23, GIB, GIB))).toBeNull();
    const gaps = growing(48, GIB, 100 * GIB).filter((_size, n) => n < 10 || n > 20);
    expect(Math.abs((diskFullDays(gaps)?.expected ?? 0) - 100 / 24)).toBeLessThan(0.5);
  });
});

describe('the history of sizes', () => {
  it('is kept, and forgotten after 400 days', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-sizes-'));
    const state = openStateDatabase({ dataDir, clock: fakeClock(0), parts: [sizesStatePart] });
    onTestFinished(() => {
      state.close();
      rmSync(dataDir, { recursive: true, force: true });
    });
    const history = new SizeHistory(state);
    const sizes = [0, 1, 401].map((day) => ({
      atMs: day * 24 * HOUR_MS,
      ledgerBytes: day,
      availableBytes: 5e12,
    }));
    for (const size of sizes) history.add(size);
    expect(history.since(0)).toEqual(sizes.slice(1));
    expect(history.since(2 * 24 * HOUR_MS)).toEqual(sizes.slice(2));
  });
});
