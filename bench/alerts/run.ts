/**
 * What 1,000 rules cost, evaluated every 15 seconds over the demo's month: processor
 * time of the server and its engine with the rules, beside the same server without
 * them. The target is at most 2 % of a core: `npm run bench -- alerts`.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const SECONDS = 120;
const SETTLE_SECONDS = 60;
/** Of `/proc`; Linux has had it so for ever. */
const TICKS_PER_SECOND = 100;
const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
const cli = fileURLToPath(new URL('../../packages/server/bin/bellwether.js', import.meta.url));

const providers = ['openai', 'anthropic', 'google', 'aws', 'azure', 'mistral', 'groq', 'deepseek'];
const teams = Array.from({ length: 12 }, (_none, n) => `team-${n}`);
const measures = [
  ['error_ratio', 0.99],
  ['requests', 1e9],
  ['cost_usd', 1e9],
  ['latency_p95_ms', 1e9],
  ['ttft_p95_ms', 1e9],
] as const;

/** 1,000 rules as people write them: for each provider, team, model and environment, at two windows and two severities. */
function rules(): object[] {
  const shapes: object[] = [
    ...providers.map((provider) => ({ where: { provider } })),
    ...providers.map((provider) => ({ where: { provider }, by: ['model'] })),
    ...teams.map((team) => ({ where: { team } })),
    ...teams.map((team) => ({ where: { team }, by: ['provider'] })),
    ...['production', 'staging'].map((environment) => ({ where: { environment } })),
    { by: ['provider', 'model'] },
    { by: ['backend_id'] },
    {},
  ];
  const all = measures.flatMap(([measure, above]) =>
    shapes.flatMap((shape) =>
      ['5m', '15m'].flatMap((window) =>
        ['high', 'critical', 'medium'].map((severity) => ({
          measure,
          above,
          window,
          severity,
          min_requests: measure === 'error_ratio' ? 20 : 0,
          ...shape,
        })),
      ),
    ),
  );
  return all.slice(0, 1000).map((rule, n) => ({ id: `rule-${n}`, ...rule }));
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(command: readonly string[], alerts: object): Promise<Running> {
  const config = join(directory, 'bellwether.yaml');
  writeFileSync(config, JSON.stringify({ alerts }));
  const args = [...command, '--port', '0', '--data', join(directory, 'data')];
  const child = spawn(process.execPath, [cli, ...args, '--config', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      // Of the demo's gateway the address is printed too.
      const address = /Bellwether answers at\s+(http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  return { child, url };
}

/** Processor time of a process and of all it started, in seconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return own + children.reduce((sum, child) => sum + cpuSeconds(Number(child)), 0);
}

async function eventsInLedger(url: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/costs?from=2000-01-01`).catch(() => null);
  const body = (await response?.json()) as { total?: { requests?: number } } | undefined;
  return body?.total?.requests ?? 0;
}

/** Fills the ledger, and lets it come to rest. */
async function load(): Promise<void> {
  const { child, url } = await start(['demo', '--events', String(EVENTS)], { enabled: false });
  while ((await eventsInLedger(url)) < EVENTS) await sleep(1000);
  await sleep(SETTLE_SECONDS * 1000);
  await stop(child);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await new Promise((resolve) => {
    child.once('exit', resolve);
  });
}

async function measure(name: string, alerts: object): Promise<number> {
  const { child, url } = await start(['serve'], alerts);
  while ((await eventsInLedger(url)) < EVENTS) await sleep(1000);
  await sleep(SETTLE_SECONDS * 1000);
  const before = cpuSeconds(child.pid ?? 0);
  await sleep(SECONDS * 1000);
  const share = (cpuSeconds(child.pid ?? 0) - before) / SECONDS;
  const text = await (await fetch(`${url}/metrics`)).text();
  const shown = text.match(/^custom_metrics_alert_(?:rules|evaluation\S*) \S+$/gm) ?? [];
  console.log(`${name}: ${(share * 100).toFixed(2)} % of a core; ${shown.join(', ')}`);
  await stop(child);
  return share;
}

try {
  await load();
  const without = await measure('without rules', { enabled: false });
  const withRules = await measure('with 1,000 rules', { preset: 'none', rules: rules() });
  const cost = (withRules - without) * 100;
  console.log(`the rules cost ${cost.toFixed(2)} % of a core; the target is at most 2 %`);
} finally {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
