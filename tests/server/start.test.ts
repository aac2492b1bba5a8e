import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { post, runCli, startServer, temporaryDirectory } from './running-server.ts';

let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => directory.remove());

it('ends when its port is taken, and lets go of its data', async () => {
  const server = await startServer(join(directory.path, 'one'));
  const other = join(directory.path, 'other');
  const taken = await runCli(['serve', '--port', new URL(server.url).port, '--data', other]);
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('is taken') as unknown });
  await server.stop();
  await (await startServer(other)).stop();
});

it('says at the start how many rows a damaged ledger has lost', async () => {
  const before = await startServer(directory.path);
  const events = ['a', 'b', 'c'].map((id) => ({ id, timestamp: 1, provider: 'openai', model: 'gpt-4o' }));
  await post(before.url, events);
  await fetch(`${before.url}/api/v1/verify`);
  await before.stop();
  rmSync(join(directory.path, 'engine'), { recursive: true });
  const server = await startServer(directory.path);
  const health = async (): Promise<string> => (await fetch(`${server.url}/health`)).text();
  await expect.poll(health, { timeout: 20_000 }).toContain('It has lost 3 rows');
  expect(server.output()).toContain('"rows":3,"msg":"the ledger has fewer rows than were acknowledged');
  await server.stop();
});
