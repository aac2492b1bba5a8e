import { execFileSync } from 'node:child_process';
import { afterAll, expect, it } from 'vitest';
import { post, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();

afterAll(() => directory.remove());

/** The process of a server's engine. */
function enginePid(serverPid: number | undefined): number {
  return Number(execFileSync('pgrep', ['-P', String(serverPid), '-f', 'engine-process']).toString());
}

function event(id: string): object {
  return { id, timestamp: Date.UTC(2026, 10, 1), provider: 'openai', model: 'gpt-4o' };
}

it('a server whose engine hangs stops all the same, and has the rows later', async () => {
  const server = await startServer(directory.path);
  await post(server.url, event('before'));
  await fetch(`${server.url}/api/v1/verify`);
  process.kill(enginePid(server.process.pid), 'SIGSTOP');
  await post(server.url, event('during'));
  const asked = fetch(`${server.url}/api/v1/costs`).then(
    (response) => response.status,
    () => 'broken off',
  );
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  await server.stop();
  expect(await asked).toBe('broken off');
  expect(server.process.exitCode).toBe(0);
  expect((await runCli(['verify', '--data', directory.path])).stdout).toMatch(/^Consistent: 2 events/);
});
