/**
 * An application ships events through a network that loses, cuts, doubles and delays,
 * and what is stored afterwards is held against what it has shipped.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseUsd } from '@bellwether/events';
import { createBellwether } from '@bellwether/sdk';
import { seededRandom } from '../../packages/server/src/journal/identities/test-support.ts';
import { startServer } from '../server/running-server.ts';
import { type Fault, type Faults, FlakyProxy } from './flaky-proxy.ts';

/** One answer in ten never arrives; the rest happens too, but seldom. */
const faults: Faults = {
  answerLost: 0.1,
  answerCut: 0.03,
  requestCut: 0.03,
  requestTwice: 0.05,
  answerLate: 0.03,
};
/** A late answer is later than the shipper waits. */
const TIMEOUT_MS = 500;
const LATE_MS = 800;
/** Events that the application lets wait before it makes more. */
const WAITING_MAX = 5000;
const START_MS = Date.UTC(2025, 5, 1);

/** What a run has shown. */
export interface ShippingResult {
  readonly events: number;
  readonly requests: number;
  readonly befallen: Readonly<Record<Fault, number>>;
  /** Events that the server has acknowledged a second time, since the first answer was lost. */
  readonly duplicates: number;
  /** What is not as it was shipped, in words. */
  readonly differences: readonly string[];
}

/** Ships events in batches of this size to a server on this data directory, which must be new, and compares. */
export async function shipThroughProxy(
  dataDirectory: string,
  events: number,
  batch: number,
): Promise<ShippingResult> {
  const server = await startServer(dataDirectory);
  const random = seededRandom(4);
  const proxy = await FlakyProxy.start({ target: server.url, faults, lateMs: LATE_MS, random });
  try {
    const { befallen } = proxy;
    const shipped = await ship(proxy.url, events, batch);
    await proxy.close();
    const differences = [...shipped.differences, ...(await compare(server.url, shipped.oracle))];
    return { events, requests: proxy.requests, befallen, duplicates: shipped.duplicates, differences };
  } finally {
    await server.stop();
  }
}

interface Oracle {
  events: number;
  inputTokens: bigint;
  outputTokens: bigint;
  costPicoUsd: bigint;
}

async function ship(url: string, events: number, batch: number) {
  const oracle: Oracle = { events: 0, inputTokens: 0n, outputTokens: 0n, costPicoUsd: 0n };
  const bellwether = createBellwether({
    url,
    batchEventsMax: batch,
    flushIntervalMs: 50,
    requestTimeoutMs: TIMEOUT_MS,
    backoff: { initialMs: 5, maxMs: 100 },
    onError: () => undefined,
  });
  const { shipper } = bellwether;
  for (let n = 0; n < events; n++) {
    while (shipper.waiting.events >= WAITING_MAX) await nextTurn();
    const figures = (Math.imul(n + 1, 0x9e3779b1) >>> 8) & 0xfffff;
    const pico = figures * 7919 + 1;
    shipper.ship({
      timestamp: START_MS + n * 100,
      provider: ['openai', 'anthropic', 'google'][n % 3] ?? '',
      model: 'm',
      input_tokens: figures,
      output_tokens: figures % 1013,
      cost_usd: `0.${String(pico).padStart(12, '0')}`,
    });
    oracle.events += 1;
    oracle.inputTokens += BigInt(figures);
    oracle.outputTokens += BigInt(figures % 1013);
    oracle.costPicoUsd += BigInt(pico);
  }
  const differences: string[] = [];
  if (!(await bellwether.flush(60_000))) differences.push('the shipper has not got rid of its events');
  await bellwether.close();
  const { accepted, duplicate, ...others } = shipper.counts;
  if (accepted + duplicate !== events)
    differences.push(`the shipper counts ${accepted} events as accepted and ${duplicate} as duplicates`);
  for (const [outcome, count] of Object.entries(others))
    if (count !== 0) differences.push(`the shipper counts ${count} events as ${outcome}`);
  return { oracle, duplicates: duplicate, differences };
}

interface Stored {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: string;
}

async function compare(url: string, oracle: Oracle): Promise<string[]> {
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  const verified = (await get('/api/v1/verify')) as {
    comparisons: { name: string; expected: string; actual: string; equal: boolean }[];
  };
  const { total } = (await get('/api/v1/costs')) as { total: Stored };
  const pairs: [string, bigint, bigint | null][] = [
    ['events', BigInt(oracle.events), BigInt(total.requests)],
    ['input tokens', oracle.inputTokens, BigInt(total.input_tokens)],
    ['output tokens', oracle.outputTokens, BigInt(total.output_tokens)],
    ['pico-dollars', oracle.costPicoUsd, parseUsd(total.cost_usd)],
  ];
  return [
    ...pairs
      .filter(([, wanted, stored]) => wanted !== stored)
      .map(([name, wanted, stored]) => `${name}: ${wanted} were shipped, ${stored} are stored`),
    ...verified.comparisons
      .filter(({ equal }) => !equal)
      .map(({ name, expected, actual }) => `${name}: ${expected} is ${actual}`),
  ];
}
