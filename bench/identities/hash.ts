/**
 * How long one identity hash and one payload field take, in nanoseconds a call.
 * Usage: node bench/identities/hash.ts
 */
import { randomUUID } from 'node:crypto';
import {
  createHashSeed,
  hashIdentity,
  hashPayloadField,
  hashText,
} from '../../packages/server/src/journal/identities/hash.ts';

const seed = createHashSeed(new Uint8Array(16).map((_, index) => index * 17 + 3));
const CALLS = 2_000_000;
const out = new Uint32Array(4);
let sink = 0;

function measure(name: string, call: (index: number) => void): void {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const started = performance.now();
    for (let index = 0; index < CALLS; index++) call(index);
    best = Math.min(best, ((performance.now() - started) * 1e6) / CALLS);
  }
  console.log(`${name.padEnd(44)} ${best.toFixed(1).padStart(7)} ns`);
}

// Parsed, as ids arrive: a text glued together is slower to read until it is flattened.
const uuids: string[] = JSON.parse(JSON.stringify(Array.from({ length: 1024 }, () => randomUUID())));
const short = Array.from({ length: 1024 }, (_, index) => `req-${index * 7919}`);
const wide = uuids.map((text) => text.replace('-', 'ж'));
const models = ['gpt-5', 'claude-sonnet-4-5', 'qwen-max', 'gemini-2.5-pro'];

measure('hashIdentity, tenant 4, uuid of 36', (index) => {
  hashIdentity(seed, 'acme', uuids[index & 1023]!, out, 0);
  sink ^= out[0]!;
});
measure('hashIdentity, no tenant, uuid of 36', (index) => {
  hashIdentity(seed, '', uuids[index & 1023]!, out, 0);
  sink ^= out[0]!;
});
measure('hashIdentity, tenant 4, id of 5 to 11', (index) => {
  hashIdentity(seed, 'acme', short[index & 1023]!, out, 0);
  sink ^= out[0]!;
});
measure('hashIdentity, tenant 4, 36 with a wide letter', (index) => {
  hashIdentity(seed, 'acme', wide[index & 1023]!, out, 0);
  sink ^= out[0]!;
});
measure('hashText of 36', (index) => {
  sink ^= hashText(seed, uuids[index & 1023]!);
});
measure('hashPayloadField, a model', (index) => {
  sink ^= hashPayloadField(seed, 'model', models[index & 3]!);
});
if (sink === 1) console.log('');
