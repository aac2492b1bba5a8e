import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeClock, systemClock } from '../clock.ts';
import type { HealthCheck } from './check.ts';
import { clockCheck } from './clock-check.ts';
import type { DiskSizes } from './disk-check.ts';
import { diskSpaceCheck, judgeDisk } from './disk-check.ts';
import { eventLoopCheck } from './event-loop-check.ts';
import { heldBytes, memoryCheck } from './memory-check.ts';

const run = async (check: HealthCheck): ReturnType<HealthCheck['run']> =>
  check.run(new AbortController().signal);
const GIB = 2n ** 30n;

/** 100 GiB, of which 5 are reserved for the administrator. */
const disk = (freeGib: bigint, over: Partial<DiskSizes> = {}): DiskSizes => ({
  bsize: 4096n,
  blocks: (100n * GIB) / 4096n,
  bfree: (freeGib * GIB) / 4096n,
  bavail: ((freeGib - 5n) * GIB) / 4096n,
  files: 1000n,
  ffree: 900n,
  ...over,
});

const turn = async (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 150);
  });

describe('disk space', () => {
  const thresholds = { warningPercent: 80, criticalPercent: 95 };

  it.each([
    [100n, 'healthy', "0.0 % of the data directory's disk is in use, 95.0 GiB free.", 10],
    [25n, 'healthy', "78.9 % of the data directory's disk is in use, 20.0 GiB free.", 78.9],
    [24n, 'degraded', "80.0 % of the data directory's disk is in use, 19.0 GiB free.", 80],
    [10n, 'degraded', "94.7 % of the data directory's disk is in use, 5.0 GiB free.", 94.7],
    [9n, 'unhealthy', "95.8 % of the data directory's disk is in use, 4.0 GiB free.", 95.8],
    [5n, 'unhealthy', "100.0 % of the data directory's disk is in use, 0.0 GiB free.", 100],
  ] as const)('with %d of 100 GiB free is %s', (freeGib, status, message, value) => {
    expect(judgeDisk(disk(freeGib), thresholds)).toEqual({
      status,
      message,
      observed: { value, unit: 'percent' },
    });
  });

  it('counts a disk without free inodes as full, and one without inodes as one that needs none', () => {
    expect(judgeDisk(disk(90n, { ffree: 0n }), thresholds)).toEqual({
      status: 'unhealthy',
      message: "100.0 % of the inodes of the data directory's disk are in use.",
      observed: { value: 100, unit: 'percent' },
    });
    expect(judgeDisk(disk(90n, { files: 0n, ffree: 0n }), thresholds).status).toBe('healthy');
    const none = { bsize: 4096n, blocks: 0n, bfree: 0n, bavail: 0n, files: 0n, ffree: 0n };
    expect(judgeDisk(none, thresholds).status).toBe('healthy');
  });

  it('is measured on the real disk', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bellwether-disk-'));
    const check = (warningPercent: number, criticalPercent: number): HealthCheck =>
      diskSpaceCheck({ path: directory, thresholds: () => ({ warningPercent, criticalPercent }) });
    const sizes = await statfs(directory);
    const measured = await run(check(101, 102));
    expect(measured.status).toBe('healthy');
    expect(measured.observed?.value).toBeGreaterThanOrEqual(0);
    expect(measured.observed?.value).toBeLessThanOrEqual(100);
    expect(sizes.blocks).toBeGreaterThan(0);
    expect((await run(check(0, 102))).status).toBe('degraded');
    expect((await run(check(0, 0))).status).toBe('unhealthy');
    rmSync(directory, { recursive: true });
    await expect(run(check(80, 95))).rejects.toMatchObject({ code: 'ENOENT', syscall: 'statfs' });
  });
});

describe('memory', () => {
  const MIB = 1_048_576;

  it('measures this process against its limit', async () => {
    const bytes = process.memoryUsage.rss();
    const roomy = await run(memoryCheck({ limitBytes: bytes * 100 }));
    expect(roomy.status).toBe('healthy');
    expect(roomy.message).toMatch(/^\d+ MiB of \d+ MiB in use\.$/);
    expect((await run(memoryCheck({ limitBytes: bytes * 100, warningPercent: 0 }))).status).toBe('degraded');
    expect((await run(memoryCheck({ limitBytes: MIB }))).status).toBe('unhealthy');
  });

  it.skipIf(process.platform !== 'linux')('counts processes that belong to it', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)']);
    await once(child.stdout, 'data');
    const processId = Number(child.pid);
    const held = await heldBytes(processId);
    expect(held).toBeGreaterThan(5 * MIB);
    // The program itself, which every process of it maps, is not among it.
    const status = await readFile(`/proc/${processId}/status`, 'utf8');
    const residentBytes = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
    expect(held).toBeLessThan(residentBytes - 20 * MIB);
    const limitBytes = 10_000 * MIB;
    const alone = await run(memoryCheck({ limitBytes }));
    const together = await run(memoryCheck({ limitBytes, processIds: () => [processId] }));
    expect(Number(together.observed?.value)).toBeGreaterThan(Number(alone.observed?.value));
    child.kill();
    await once(child, 'exit');
    expect(await heldBytes(processId)).toBe(0);
  });
});

describe('the event loop', () => {
  it('tells the longest block since the last run, once', async () => {
    const check = eventLoopCheck({ warningMs: 250, criticalMs: 60_000 });
    await turn();
    const until = systemClock.monotonicMs() + 400;
    while (systemClock.monotonicMs() < until);
    await turn();
    const blocked = await run(check);
    expect(blocked.status).toBe('degraded');
    expect(blocked.observed?.value).toBeGreaterThanOrEqual(300);
    expect(blocked.message).toBe(`The longest block of the event loop was ${blocked.observed?.value} ms.`);
    // Nothing has been sampled since.
    expect((await run(check)).observed?.value).toBe(0);
    check.close?.();
  });
});

describe('the clock', () => {
  it('is degraded for a while after a jump in either direction, and not by drift', async () => {
    const clock = fakeClock(Date.UTC(2026, 10, 20, 10));
    const check = clockCheck({ clock });
    const seen: string[] = [];
    const after = async (ms: number, jumpMs = 0): Promise<void> => {
      clock.advance(ms);
      clock.jump(jumpMs);
      const { status, message, observed } = await run(check);
      seen.push(`${status} ${observed?.value} ${message}`);
    };
    await after(15_000);
    await after(15_000, 1000);
    await after(15_000, 30 * 86_400_000);
    await after(599_999);
    await after(1);
    await after(15_000, -5 * 86_400_000);
    const well = 'The wall clock runs as time does.';
    const forward = 'The wall clock jumped forward by 2592000.0 s, to 2026-12-20T10:00:46.000Z.';
    expect(seen).toEqual([
      `healthy 0 ${well}`,
      `healthy 1000 ${well}`,
      `degraded 2592000000 ${forward}`,
      `degraded 0 ${forward}`,
      `healthy 0 ${well}`,
      'degraded -432000000 The wall clock jumped back by 432000.0 s, to 2026-12-15T10:11:01.000Z.',
    ]);
  });
});
