/**
 * Offers a server more than it can take: batches over many connections at once, each sent
 * as soon as the one before was answered, however it was. Prints one line of JSON with
 * the number of answers by status.
 *
 * node bench/overload/flood.ts URL SECONDS BATCH CONNECTIONS
 */

import { Agent, request } from 'node:http';
import { eventBatches } from '../ingest/events.ts';

const [url = '', seconds = '20', batch = '1000', connections = '64'] = process.argv.slice(2);
const BODIES = 64;
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const statuses: Record<string, number> = {};
const until = performance.now() + Number(seconds) * 1000;
const marks = eventBatches(BODIES * Number(batch), Number(batch)).map((body) => {
  // Ids that are new each time are made by writing over the same digits of each.
  const text = body.toString('latin1');
  const at = [...text.matchAll(/"id":"(\w)/g)].map(({ index }) => index + 6);
  return { body, at };
});
let sent = 0;

/** A body whose ids were never sent before: the first letters of each count up. */
function nextBody(): Buffer {
  const { body, at } = marks[sent % BODIES] ?? { body: Buffer.alloc(0), at: [] };
  const fresh = Buffer.from(body);
  const mark = sent.toString(36).padStart(5, '0').slice(-5);
  for (const place of at) fresh.write(mark, place, 'latin1');
  sent += 1;
  return fresh;
}

function post(body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sending = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (answer) => {
      answer.on('error', () => resolve('cut'));
      answer.resume().on('end', () => resolve(String(answer.statusCode)));
    });
    sending.on('error', () => resolve('cut'));
    sending.end(body);
  });
}

async function work(): Promise<void> {
  while (performance.now() < until) {
    const status = await post(nextBody());
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: Number(connections) }, work));
console.log(JSON.stringify(statuses));
agent.destroy();
