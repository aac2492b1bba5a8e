/**
 * What loading the demo's month costs before the server does anything: generating
 * the events, writing them as JSON, and sending them to a server that reads and
 * discards. Run with `node --conditions=source bench/demo/load.ts`; the target is
 * 200,000 generated events/s with memory that does not grow.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../packages/server/src/clock.ts';
import { generateHistory } from '../../packages/server/src/demo/history.ts';
import { createSender } from '../../packages/server/src/replay/sender.ts';

const END_MS = Date.UTC(2026, 10, 20, 15, 30);
const MB = 1e6;

let rssMaxBytes = 0;

async function measure(
  name: string,
  work: (batch: readonly object[]) => void | Promise<void>,
): Promise<void> {
  const startMs = performance.now();
  let events = 0;
  for (const batch of generateHistory({ endMs: END_MS })) {
    events += batch.length;
    await work(batch);
    rssMaxBytes = Math.max(rssMaxBytes, process.memoryUsage.rss());
  }
  report(name, events, startMs);
}

function report(name: string, events: number, startMs: number): void {
  const seconds = (performance.now() - startMs) / 1000;
  const rate = Math.round(events / seconds).toLocaleString('en-US');
  console.log(
    `${name}: ${events} events in ${seconds.toFixed(2)} s, ${rate}/s, at most ${(rssMaxBytes / MB).toFixed(0)} MB`,
  );
}

await measure('generate', () => undefined);
let bytes = 0;
await measure('generate and write as JSON', (batch) => {
  for (const event of batch) bytes += JSON.stringify(event).length + 1;
});
console.log(`${(bytes / MB).toFixed(0)} MB of JSON`);

const server = createServer((request, response) => {
  let lines = 0;
  request.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  });
  request.on('end', () => response.end(JSON.stringify({ accepted: lines, duplicates: 0 })));
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const { port } = server.address() as AddressInfo;
const sender = createSender({ url: `http://127.0.0.1:${port}`, concurrency: 4, clock: systemClock });
const startMs = performance.now();
let accepted = 0;
await sender.sendAll({
  batches: generateHistory({ endMs: END_MS }),
  eventsOf: (batch) => batch,
  onDelivered: (_, receipt) => {
    accepted += receipt.accepted;
    rssMaxBytes = Math.max(rssMaxBytes, process.memoryUsage.rss());
  },
});
report('generate and send to a server in this process that discards', accepted, startMs);
sender.close();
server.close();
