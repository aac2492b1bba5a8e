/**
 * What shipping costs the application that does it: the time of a call, beside that of
 * writing the event as JSON; and, while the server is away for as many events as half
 * an hour brings at 1,000 a second, memory and the hold of the event loop. The aims:
 * 32 MiB and 1 ms.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Shipper } from '@bellwether/sdk';

const EVENTS = 1_800_000;
const BURST = 100;

const event = (i: number) => ({
  provider: 'openai',
  model: 'gpt-4o',
  task_type: 'generation',
  input_tokens: 1000 + (i % 977),
  output_tokens: 100 + (i % 89),
  latency_ms: 800 + (i % 500),
  ttft_ms: 200,
  user_id: `user-${i % 5000}`,
  team: 'search',
  application: 'shop',
  environment: 'production',
  session_id: `${i * 2_654_435_761}`,
});

const events = Array.from({ length: BURST }, (_none, i) => event(i));
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Megabytes that the process holds after collecting garbage. */
function heldMb(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function run(work: (i: number) => void): Promise<{ times: number[]; delayMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const times: number[] = [];
  for (let sent = 0; sent < EVENTS; sent += BURST) {
    for (let i = 0; i < BURST; i++) {
      const start = process.hrtime.bigint();
      work(i);
      times.push(Number(process.hrtime.bigint() - start));
    }
    await sleep(1);
  }
  delay.disable();
  return { times: times.toSorted((a, b) => a - b), delayMs: delay.percentile(99) / 1e6 };
}

const json = await run((i) => {
  JSON.stringify(events[i]);
});
const before = heldMb();
// Nothing listens there.
const shipper = new Shipper({ url: 'http://127.0.0.1:9', onError: () => undefined });
const shipped = await run((i) => shipper.ship(events[i]!));
const held = heldMb() - before;
const { counts, waiting } = shipper;
const line = (name: string, { times, delayMs }: { times: number[]; delayMs: number }): string =>
  `| ${name} | ${percentile(times, 0.5)} | ${percentile(times, 0.99)} | ${delayMs.toFixed(1)} |`;
console.log(`| a call, server away | median, ns | p99, ns | event-loop delay p99, ms |
|---|---:|---:|---:|
${line('JSON.stringify of the event (beside it)', json)}
${line('ship', shipped)}
`);
console.log(
  `${EVENTS} events: ${waiting.events} wait, ${counts.queue_full} dropped and counted, ${held.toFixed(1)} MiB held.`,
);
shipper.leave();
