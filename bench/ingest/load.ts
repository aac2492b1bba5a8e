/**
 * A client that sends batches of events over HTTP as fast as they are acknowledged, or
 * at a given rate, in a process of its own. At a rate, the time of a batch counts from
 * when it was due, so that a server that falls behind cannot hide it. Prints one line of JSON: events, seconds and the
 * distribution of the time to the acknowledgement.
 *
 * node bench/ingest/load.ts URL EVENTS BATCH CONNECTIONS [EVENTS_PER_SECOND]
 */

import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { eventBatches } from './events.ts';

const [url = '', events = '100000', batch = '100', connections = '8', rate = '0'] = process.argv.slice(2);
const bodies = eventBatches(Number(events), Number(batch));
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const took: number[] = [];
let next = 0;

function post(body: Buffer, started: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(`${url}/v1/events`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        took.push(performance.now() - started);
        resolve();
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends one batch after another; at a rate, each when it is due. */
async function work(): Promise<void> {
  for (let n = next++; n < bodies.length; n = next++) {
    const due = Number(rate) > 0 ? started + (n * Number(batch) * 1000) / Number(rate) : performance.now();
    if (due > performance.now()) await setTimeout(due - performance.now());
    await post(bodies[n] ?? Buffer.alloc(0), due);
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, work));
const seconds = (performance.now() - started) / 1000;
took.sort((a, b) => a - b);
const quantile = (q: number): number => took[Math.min(took.length - 1, Math.floor(q * took.length))] ?? 0;
console.log(JSON.stringify({ events: Number(events), seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }));
agent.destroy();
