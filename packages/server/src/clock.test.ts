import { describe, expect, it } from 'vitest';
import { fakeClock, systemClock } from './clock.ts';

describe('fakeClock', () => {
  it('stands still until it is moved', () => {
    const clock = fakeClock(1_700_000_000_000);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_700_000_000_000, 0]);
    clock.advance(1500);
    expect([clock.nowMs(), clock.monotonicMs()]).toEqual([1_700_000_001_500, 1500]);
  });

  it('runs timers in order of time, then in the order in which they were set', () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    clock.setTimeout(() => seen.push(`c@${clock.monotonicMs()}`), 30);
    clock.setTimeout(() => seen.push(`a@${clock.monotonicMs()}`), 10);
    clock.setTimeout(() => seen.push(`b@${clock.monotonicMs()}`), 10);
    clock.setTimeout(() => seen.push('late'), 31);
    clock.advance(30);
    expect(seen).toEqual(['a@10', 'b@10', 'c@30']);
    expect(clock.pendingTimers).toBe(1);
  });

  it('runs timers that timers set, if they fall due in the same advance', () => {
    const clock = fakeClock(0);
    const seen: number[] = [];
    const again = (): void => {
      seen.push(clock.monotonicMs());
      clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.monotonicMs()).toBe(35);
  });

  it('forgets a timer that was cleared', () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    const timer = clock.setTimeout(() => seen.push('x'), 10);
    clock.clearTimeout(timer);
    clock.clearTimeout(undefined);
    clock.advance(100);
    expect(seen).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets promises settle between timers when advanced asynchronously', async () => {
    const clock = fakeClock(0);
    const seen: string[] = [];
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, ms);
      });
    const task = async (): Promise<void> => {
      await wait(10);
      seen.push(`first@${clock.monotonicMs()}`);
      await wait(10);
      seen.push(`second@${clock.monotonicMs()}`);
    };
    const done = task();
    await clock.advanceAsync(20);
    expect(seen).toEqual(['first@10', 'second@20']);
    await done;
  });

  it('jumps the wall clock only', () => {
    const clock = fakeClock(1_000_000);
    const seen: number[] = [];
    clock.setTimeout(() => seen.push(clock.nowMs()), 10);
    clock.jump(-500_000);
    expect([clock.nowMs(), clock.monotonicMs(), seen]).toEqual([500_000, 0, []]);
    clock.advance(10);
    expect(seen).toEqual([500_010]);
  });

  it('refuses to go back', () => {
    expect(() => fakeClock(0).advance(-1)).toThrow(RangeError);
  });
});

describe('systemClock', () => {
  it('sets timers that run, and clears them', async () => {
    const seen: string[] = [];
    systemClock.clearTimeout(systemClock.setTimeout(() => seen.push('cleared'), 1));
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, 5);
    });
    expect(seen).toEqual([]);
    expect(systemClock.monotonicMs()).toBeGreaterThan(0);
    expect(Number.isInteger(systemClock.nowMs())).toBe(true);
  });
});
