import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MIB = 1024 * 1024;
const directory = temporaryDirectory();
/** A small file system of its own needs root. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=220m', 'tmpfs', directory.path]).status === 0;
if (!mounted) process.stderr.write('skipped: a full disk, since no file system can be mounted here\n');
let server: RunningServer | undefined;

afterAll(async () => {
  await server?.stop();
  if (mounted) spawnSync('umount', [directory.path]);
  directory.remove();
});

function batch(round: number): object[] {
  return Array.from({ length: 2000 }, (_, i) => ({
    id: `d-${round}-${i}`,
    timestamp: Date.UTC(2026, 10, 1) + round,
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: i,
    attributes: { note: `${round * 7919 + i * 104_729}`.repeat(20) },
  }));
}

describe.skipIf(!mounted)('a disk that fills up', () => {
  it('refuses events, answers questions, and goes on by itself when there is room', async () => {
    const filler = join(directory.path, 'filler');
    writeFileSync(filler, Buffer.alloc(80 * MIB));
    server = await startServer(join(directory.path, 'data'));
    const { url } = server;
    let round = 0;
    const fill = async (): Promise<void> => {
      while ((await post(url, batch(round), { query: '?live=false' })).status === 200) round += 1;
    };
    await fill();
    expect(await post(url, batch(round))).toMatchObject({
      status: 507,
      body: { error: { code: 'storage_full' } },
    });
    expect((await runCli(['verify', '--url', url])).stdout).toMatch(
      new RegExp(
        `^Consistent: ${(round * 2000).toLocaleString('en-US')} events, \\d+ comparisons, no difference\\.\n$`,
      ),
    );
    const health = async (): Promise<number> => {
      // What the engine's merges leave free in the meantime is filled as well.
      await fill();
      return (await fetch(`${url}/health`)).status;
    };
    await expect.poll(health, { timeout: 30_000 }).toBe(503);
    rmSync(filler);
    await expect.poll(async () => (await post(url, batch(round))).status, { timeout: 30_000 }).toBe(200);
    expect((await runCli(['verify', '--url', url, '--json'])).code).toBe(0);
  });
});
