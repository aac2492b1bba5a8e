/**
 * 10,000 alerts raised at once by the real server: how long until each is told to a
 * webhook and to a chat while a third endpoint hangs, how the API answers meanwhile,
 * and what memory does. The targets: all within a minute, the API below 200 ms,
 * the other channels within 5 s at the 99th percentile, memory flat:
 * `npm run bench -- alert-flood`.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TEAMS = 10;
const USERS = 1000;
const ALERTS = TEAMS * USERS;
const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
const cli = fileURLToPath(new URL('../../packages/server/bin/bellwether.js', import.meta.url));

/** How long after it was raised each alert was told, in milliseconds. */
const heard = new Map<string, number>();
const messages = new Map<string, number>();
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const path = request.url ?? '';
    messages.set(path, (messages.get(path) ?? 0) + 1);
    // Never answered: the server has to give it up by itself.
    if (path === '/hung') return;
    if (path === '/hook') {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        data: { alerts: { id: string; raised_at: string }[] };
      };
      for (const { id, raised_at: raisedAt } of body.data.alerts)
        if (!heard.has(id)) heard.set(id, Date.now() - Date.parse(raisedAt));
    }
    response.end('ok');
  });
});
await new Promise<void>((resolve) => {
  receiver.listen(0, '127.0.0.1', resolve);
});
const { port } = receiver.address() as AddressInfo;

function configuration(): object {
  const address = (name: string) => ({ url: `http://127.0.0.1:${port}/${name}`, allow_private: true });
  return {
    alerts: {
      preset: 'none',
      evaluation_interval: 5,
      rules: Array.from({ length: TEAMS }, (_none, n) => ({
        id: `busy-${n}`,
        name: 'Busy',
        measure: 'requests',
        by: ['user_id'],
        where: { team: `team-${n}` },
        window: '30m',
        step: '1m',
        reduce: 'sum',
        above: 0,
      })),
    },
    notifications: {
      channels: [
        // No pace is set, so that what is measured is the server's own.
        { id: 'hook', type: 'webhook', per_minute: 60_000, ...address('hook') },
        { id: 'chat', type: 'slack', ...address('chat') },
        { id: 'hung', type: 'webhook', ...address('hung') },
      ],
      routes: [{ id: 'all', channels: ['hung', 'hook', 'chat'], group_wait: '2s', group_interval: '2s' }],
    },
  };
}

async function serve(args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [cli, 'serve', '--port', '0', '--data', join(directory, 'data'), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await new Promise<string>((resolve) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const address = /answers at\s+(http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await new Promise((resolve) => {
      child.once('exit', resolve);
    });
  };
  const residentMb = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
  return { url, stop, residentMb };
}

async function ingest(): Promise<void> {
  const { url, stop } = await serve([]);
  const timestamp = Date.now() - 10 * 60_000;
  for (let team = 0; team < TEAMS; team += 1) {
    const events = Array.from({ length: USERS }, (_none, n) => ({
      timestamp,
      provider: 'openai',
      model: 'gpt-4o',
      team: `team-${team}`,
      user_id: `user-${team}-${n}`,
    }));
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    if (response.status !== 200) throw new Error(`events are answered with ${response.status}`);
  }
  const counted = async (): Promise<number> =>
    Number(/^llm_requests_total\{.*\} (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0);
  while ((await counted()) < ALERTS) await sleep(200);
  await stop();
}

try {
  await ingest();
  const config = join(directory, 'bellwether.yaml');
  writeFileSync(config, JSON.stringify(configuration()));
  const { url, stop, residentMb } = await serve(['--config', config]);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const beforeMb = residentMb();
  let peakMb = beforeMb;
  while (heard.size < ALERTS && performance.now() - startedMs < 180_000) {
    const askedMs = performance.now();
    await (await fetch(`${url}/api/v1/alerts?limit=100`)).arrayBuffer();
    latenciesMs.push(performance.now() - askedMs);
    peakMb = Math.max(peakMb, residentMb());
    await sleep(20);
  }
  const tookS = (performance.now() - startedMs) / 1000;
  await sleep(30_000);
  const quantile = (values: readonly number[], share: number): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  };
  const at = (share: number): string => quantile(latenciesMs, share);
  const delaysMs = [...heard.values()];
  console.log(`load average of the last minute: ${loadavg()[0]?.toFixed(1)}`);
  console.log(`${heard.size} of ${ALERTS} alerts told within ${tookS.toFixed(1)} s of the start`);
  console.log(
    `from raised to told, with 2 s of waiting for others: p50 ${quantile(delaysMs, 0.5)} ms, p99 ${quantile(delaysMs, 0.99)} ms`,
  );
  console.log(`messages: ${[...messages].map(([path, n]) => `${n} to ${path}`).join(', ')}`);
  console.log(
    `GET /api/v1/alerts: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms of ${latenciesMs.length}`,
  );
  console.log(
    `memory: ${beforeMb.toFixed(0)} MB before, at most ${peakMb.toFixed(0)} MB, ${residentMb().toFixed(0)} MB after 30 s`,
  );
  await stop();
} finally {
  receiver.closeAllConnections();
  receiver.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
