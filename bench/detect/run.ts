/**
 * All benchmarks of the detector: speed, what a score means, and, where the
 * benchmark's series are beside the checkout, how well it finds anomalies.
 */

import { existsSync } from 'node:fs';
import { nabFolder } from './nab-data.ts';

await import('./throughput.ts');
console.log();
await import('./calibration.ts');
if (existsSync(nabFolder)) {
  for (const bench of ['./nab.ts', './ablation.ts', './variations.ts']) {
    console.log();
    await import(bench);
  }
} else console.log(`\nThe accuracy was not measured: ${nabFolder} is not there.`);
