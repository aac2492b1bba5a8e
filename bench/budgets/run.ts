/**
 * How many reservations a second the real server decides, durably, beside the ceiling
 * of one sync each: `npm run bench -- budgets`.
 */

import { spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECONDS = 5;
const CALLERS = [1, 16, 128];
const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
const cli = fileURLToPath(new URL('../../packages/server/bin/bellwether.js', import.meta.url));

/** Syncs of a small write a second, which is what one reservation after the other could do at best. */
function syncsPerSecond(): number {
  const file = openSync(join(directory, 'sync'), 'w');
  const page = Buffer.alloc(4096);
  const startedMs = performance.now();
  let syncs = 0;
  while (performance.now() - startedMs < 1000) {
    writeSync(file, page);
    fdatasyncSync(file);
    syncs += 1;
  }
  closeSync(file);
  return syncs;
}

async function start(): Promise<{ readonly url: string; stop(): void }> {
  const config = join(directory, 'bellwether.yaml');
  writeFileSync(config, 'budgets: [{ id: all, amount_usd: 1000000000, period: month, per: team }]\n');
  const args = [cli, 'serve', '--port', '0', '--data', join(directory, 'data'), '--config', config];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const address = /answers at\s+(http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  while ((await fetch(`${url}/api/v1/budgets`)).status !== 200) continue;
  return { url, stop: () => child.kill('SIGTERM') };
}

async function measure(url: string, callers: number): Promise<string> {
  const latenciesMs: number[] = [];
  const untilMs = performance.now() + SECONDS * 1000;
  const call = async (path: string, body: object): Promise<{ reservation: string }> => {
    const response = await fetch(`${url}/api/v1/budgets/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}`);
    return (await response.json()) as { reservation: string };
  };
  const work = async (caller: number): Promise<void> => {
    for (let n = 0; performance.now() < untilMs; n += 1) {
      const startedMs = performance.now();
      const key = `${callers}-${caller}-${n}`;
      const { reservation } = await call('reserve', {
        amount_usd: '0.01',
        key,
        labels: { team: `t${caller}` },
      });
      latenciesMs.push(performance.now() - startedMs);
      await call('release', { reservation });
    }
  };
  await Promise.all(Array.from({ length: callers }, (_none, caller) => work(caller)));
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const rate = Math.round(latenciesMs.length / SECONDS);
  return `${callers} callers: ${rate} reservations and as many releases a second, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

console.log(`the disk: ${syncsPerSecond()} syncs a second`);
const server = await start();
for (const callers of CALLERS) console.log(await measure(server.url, callers));
server.stop();
rmSync(directory, { recursive: true, force: true });
