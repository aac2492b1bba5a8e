import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { cli, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';
import { azureSums, azureTrace } from './shared-data.ts';

const KILLS = 20;
const directory = temporaryDirectory();
const running = new Set<RunningServer>();
const replays = new Set<ChildProcess>();

afterAll(async () => {
  for (const replay of replays) replay.kill('SIGKILL');
  for (const server of running) await server.stop();
  directory.remove();
});

async function start(): Promise<RunningServer> {
  const server = await startServer(directory.path);
  running.add(server);
  return server;
}

/** Replays without waiting for the end; what becomes of it is not our business here. */
function replayInBackground(url: string, trace: string): void {
  const args = [
    cli,
    'replay',
    trace,
    '--format',
    'azure',
    '--url',
    url,
    '--batch',
    '50',
    '--concurrency',
    '4',
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  replays.add(child);
  child.once('exit', () => replays.delete(child));
}

/** Waits for the first rows, then a little longer, so that each kill meets the flow elsewhere. */
async function killInMidReplay(server: RunningServer, round: number): Promise<void> {
  const before = await accepted(server.url);
  await expect
    .poll(async () => (await accepted(server.url)) !== before, { timeout: 20_000, interval: 5 })
    .toBe(true);
  await new Promise((resolve) => {
    setTimeout(resolve, (round * 17) % 120);
  });
  await server.kill();
  running.delete(server);
  // Its server is gone for good; a replay that waited for it would meet the next one.
  for (const replay of replays) replay.kill('SIGKILL');
}

async function accepted(url: string): Promise<string> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => /^custom_metrics_events_(accepted|duplicate)_total /.test(line))
    .join();
}

describe.skipIf(azureTrace === null)('the server is killed in mid-replay', () => {
  it(`${KILLS} times, and holds the file exactly after one more replay`, { timeout: 240_000 }, async () => {
    const trace = azureTrace ?? '';
    for (let round = 0; round < KILLS; round++) {
      const server = await start();
      replayInBackground(server.url, trace);
      await killInMidReplay(server, round);
    }
    const server = await start();
    const { stdout } = await runCli(['replay', trace, '--format', 'azure', '--url', server.url, '--json']);
    const summary = JSON.parse(stdout) as { rows: number; accepted: number; duplicates: number };
    expect(summary.accepted + summary.duplicates).toBe(8819);
    const report = await runCli(['report', 'cost', '--url', server.url, '--format', 'json']);
    const { rows, input, output } = azureSums(trace);
    expect(JSON.parse(report.stdout)).toMatchObject({
      total: { requests: rows, input_tokens: input, output_tokens: output },
    });
    const verified = await runCli(['verify', '--url', server.url, '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ consistent: true, events: rows });
  });
});
