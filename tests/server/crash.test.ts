import { readdir, readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer | undefined;

afterEach(async () => {
  await server?.stop();
  directory.remove();
});

function batch(start: number, length: number) {
  return Array.from({ length }, (_, i) => ({
    id: `e-${start + i}`,
    timestamp: Date.UTC(2026, 10, 1) + start + i,
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: start + i,
    output_tokens: 1,
  }));
}

/** Kills the engine, the only child of the server, as soon as there is one. */
async function killEngine(parent: number | undefined): Promise<void> {
  await expect
    .poll(async () => {
      const pid = await childOf(parent);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      return pid !== undefined;
    })
    .toBe(true);
}

async function childOf(parent: number | undefined): Promise<number | undefined> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  for (const entry of entries) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [state, parentOfEntry] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parentOfEntry) === parent && state !== 'Z') return Number(entry);
  }
  return undefined;
}

describe('the engine dies under load', () => {
  it('neither an event is lost or doubled nor does ingest stop', async () => {
    server = await startServer(directory.path);
    const { url } = server;
    const rounds = 60;
    for (let round = 0; round < rounds; round++) {
      if (round % 20 === 10) await killEngine(server.process.pid);
      const answer = await post(url, batch(round * 500, 500));
      expect(answer).toMatchObject({ status: 200, body: { accepted: 500, duplicates: 0 } });
    }
    const { stdout, code } = await runCli(['verify', '--url', url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ consistent: true, events: rounds * 500 });
    expect(code).toBe(0);
    const total = rounds * 500;
    expect(await metric(url, 'llm_requests_total')).toBe(total);
    expect(await metric(url, 'llm_tokens_used_total', { token_type: 'input' })).toBe(
      (total * (total - 1)) / 2,
    );
    expect(await metric(url, 'custom_metrics_engine_crashes_total')).toBe(3);
  });
});
