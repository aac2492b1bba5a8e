/**
 * Asks a server how it is, again and again over one connection, until its input ends. Prints one line
 * of JSON with how long each answer took, in milliseconds.
 *
 * node bench/overload/health.ts URL
 */

import { setTimeout as pause } from 'node:timers/promises';

const [url = ''] = process.argv.slice(2);
const PAUSE_MS = 20;
const tookMs: number[] = [];
const state = { over: false };
process.stdin.resume().once('end', () => {
  state.over = true;
});
while (!state.over) {
  const started = performance.now();
  await (await fetch(`${url}/health`)).text();
  tookMs.push(performance.now() - started);
  await pause(PAUSE_MS);
}
console.log(JSON.stringify(tookMs));
