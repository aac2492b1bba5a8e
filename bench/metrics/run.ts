/** All benchmarks of the metrics client, one after the other: `npm run bench -- metrics`. */
import { setTimeout as pause } from 'node:timers/promises';

for (const script of ['./recording.ts', './scraping.ts', './formats.ts']) {
  await import(script);
  // What one has left to be collected shall not fall into the next.
  await pause(500);
}
