/**
 * A client that posts the bodies of a file, each with its length before it, as fast as
 * they are acknowledged, in a process of its own. Prints the seconds.
 *
 * node bench/otlp/load.ts URL FILE MEDIA_TYPE CONNECTIONS
 */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

const [url = '', file = '', type = '', connections = '8'] = process.argv.slice(2);
const content = readFileSync(file);
const bodies: Buffer[] = [];
for (let at = 0; at < content.length; at += 4 + content.readUInt32LE(at))
  bodies.push(content.subarray(at + 4, at + 4 + content.readUInt32LE(at)));
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
let next = 0;

function post(body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const sent = request(`${url}/v1/traces`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function work(): Promise<void> {
  for (let n = next++; n < bodies.length; n = next++) await post(bodies[n] ?? Buffer.alloc(0));
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, work));
console.log((performance.now() - started) / 1000);
agent.destroy();
