import { afterAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const EVENTS = 1_000_000;
const BATCH = 10_000;
const directory = temporaryDirectory();
let server: RunningServer | undefined;

afterAll(async () => {
  await server?.stop();
  directory.remove();
});

function batch(start: number): string {
  const lines = Array.from({ length: BATCH }, (_, i) => {
    const n = start + i;
    return `{"id":"r-${n}","timestamp":${Date.UTC(2026, 9, 1) + n * 1000},"provider":"openai","model":"gpt-4o","input_tokens":${n % 1000}}`;
  });
  return lines.join('\n');
}

describe('a server with a million events that is killed', () => {
  it('takes events and answers questions again, with all of them', { timeout: 240_000 }, async () => {
    server = await startServer(directory.path);
    for (let start = 0; start < EVENTS; start += BATCH) {
      const answer = await post(server.url, batch(start), {
        headers: { 'content-type': 'application/x-ndjson' },
        query: '?live=false',
      });
      expect(answer.status).toBe(200);
    }
    await server.kill();
    server = await startServer(directory.path);
    const { url } = server;
    expect(
      (await post(url, batch(0), { headers: { 'content-type': 'application/x-ndjson' } })).body,
    ).toMatchObject({ duplicates: BATCH });
    await expect
      .poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 60_000, interval: 50 })
      .toBe(200);
    const { stdout } = await runCli(['verify', '--url', url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ consistent: true, events: EVENTS });
  });

  it('counts only what it loaded itself', async () => {
    const text = await (await fetch(`${server?.url}/metrics`)).text();
    expect(text).not.toMatch(/^llm_requests_total\{/m);
  });

  it('cannot be started twice on the same data, and says so', async () => {
    const second = await runCli(['serve', '--port', '0', '--data', directory.path]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('database is locked') });
  });
});
