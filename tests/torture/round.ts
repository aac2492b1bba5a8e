/**
 * One round of the torture: a server under full load comes to a sudden end, starts
 * again, gets everything once more, and is held against what was sent.
 */

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseUsd } from '@bellwether/events';
import { type RunningServer, startServer } from '../server/running-server.ts';
import { totalsBelow } from './batches.ts';
import { Sender } from './sender.ts';

/** The most batches of one round, some 100 events each. */
export const BATCHES_MAX = 60;
const READY_MS_MAX = 30_000;

/** What was sent so far, and what of it was acknowledged. */
export interface Sent {
  /** Batches below this may have been sent. */
  batches: number;
  /** Batches below this are stored for certain. */
  stored: number;
}

/** What one round has shown; all in events but the time, the money and the differences. */
export interface RoundResult {
  readonly acknowledged: number;
  readonly resent: number;
  readonly lost: number;
  /** More rows in the ledger than were ever sent. */
  readonly doubled: number;
  readonly partial: number;
  /** What the ledger's money differs by, in pico-dollars. */
  readonly costDifference: bigint;
  /** Comparisons of `verify` that found a difference. */
  readonly differences: readonly string[];
  /** From the start of the process to readiness. */
  readonly readyMs: number;
}

/** How the server ends in mid-load. */
export interface Ending {
  /** How long the load goes on before. */
  readonly afterMs: number;
  /** Ends it; when this resolves, no process of it is left. */
  end(server: RunningServer): Promise<void>;
}

/** Runs one round on a data directory. */
export async function runRound(dataDirectory: string, sent: Sent, ending: Ending): Promise<RoundResult> {
  const first = await startServer(dataDirectory);
  const acknowledged = await loadToTheEnd(first, sent, ending);
  const started = performance.now();
  const second = await startServer(dataDirectory);
  try {
    await ready(second.url);
    const readyMs = performance.now() - started;
    return { ...(await sendAllAgain(second, sent, acknowledged)), readyMs };
  } finally {
    await second.stop();
  }
}

/** Puts a server under load until it comes to its end, and gives the batches that it has acknowledged. */
export async function loadToTheEnd(
  server: RunningServer,
  sent: Sent,
  ending: Ending,
  batchesMax = BATCHES_MAX,
): Promise<ReadonlySet<number>> {
  await ready(server.url);
  const acknowledged = new Set<number>();
  const before = sent.batches;
  const loading = new Sender(server.url);
  const over = new AbortController();
  const loaded = loading.load(before, before + batchesMax, over.signal, (batch) => acknowledged.add(batch));
  await Promise.race([pause(ending.afterMs), loaded]);
  await ending.end(server);
  over.abort();
  sent.batches = await loaded;
  loading.close();
  return acknowledged;
}

/** Sends a server all that was ever sent, and holds what it stores against it. */
export async function sendAllAgain(
  server: RunningServer,
  sent: Sent,
  acknowledged: ReadonlySet<number>,
): Promise<Omit<RoundResult, 'readyMs'>> {
  await ready(server.url);
  const sender = new Sender(server.url);
  const wrong = await sender.again(sent.batches, (batch) => batch < sent.stored || acknowledged.has(batch));
  sender.close();
  sent.stored = sent.batches;
  const found = await compare(server.url, sent.batches);
  return { acknowledged: acknowledged.size, resent: totalsBelow(sent.batches).events, ...wrong, ...found };
}

interface Costs {
  readonly total: {
    readonly requests: number;
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cost_usd: string;
  };
}

/** Holds the ledger against what was sent, and whatever else knows it against the ledger. */
async function compare(url: string, batches: number) {
  const verified = (await getJson(`${url}/api/v1/verify`)) as {
    comparisons: { name: string; expected: string; actual: string; equal: boolean }[];
  };
  const { total } = (await getJson(`${url}/api/v1/costs?from=2025-01-01&to=2026-01-01`)) as Costs;
  const expected = totalsBelow(batches);
  const differences = verified.comparisons
    .filter(({ equal }) => !equal)
    .map(({ name, expected: wanted, actual }) => `${name}: ${wanted} is ${actual}`);
  if (BigInt(total.input_tokens) !== expected.inputTokens) differences.push('input tokens of the ledger');
  if (BigInt(total.output_tokens) !== expected.outputTokens) differences.push('output tokens of the ledger');
  if (total.requests < expected.events)
    differences.push(`${expected.events - total.requests} rows are missing`);
  return {
    doubled: Math.max(0, total.requests - expected.events),
    costDifference: (parseUsd(total.cost_usd) ?? 0n) - expected.costPicoUsd,
    differences,
  };
}

/** Waits until the server says that it is ready. */
async function ready(url: string): Promise<void> {
  const until = performance.now() + READY_MS_MAX;
  while (performance.now() < until) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    await pause(10);
  }
  throw new Error(`The server was not ready within ${READY_MS_MAX} ms.`);
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
  return JSON.parse(body) as unknown;
}

/** The processes that a process has started, such as the engine. */
export function childrenOf(pid: number | undefined): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (pid === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Kills the server, and with `engine` its engine at the same moment, and waits until both are gone. */
export async function killAll(server: RunningServer, engine: boolean): Promise<void> {
  const children = childrenOf(server.process.pid);
  const killed = server.kill();
  if (engine) for (const child of children) process.kill(child, 'SIGKILL');
  await killed;
  while (children.some((child) => existsSync(`/proc/${child}`))) await pause(5);
}
