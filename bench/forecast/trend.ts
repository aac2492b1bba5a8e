/**
 * How often a trend is called where there is none, how often its interval holds
 * the true slope, and how often a slope of 0.3 deviations of the noise per step is
 * found, by length and by how much the noise remembers (1 is a random walk).
 *
 *   node bench/forecast/trend.ts
 */
import { seeded } from '../../packages/server/src/analyse/forecast/test-random.ts';
import { trend } from '../../packages/server/src/analyse/trend/trend.ts';

const runs = 400;
const trueSlope = 0.3;

console.log('memory  values  false alarms  interval holds  found');
for (const memory of [0, 0.5, 0.8, 0.95, 1]) {
  for (const length of [20, 60, 200, 1000]) {
    let alarms = 0;
    let held = 0;
    let found = 0;
    for (let run = 0; run < runs; run++) {
      const random = seeded(run * 77 + length);
      let state = 0;
      const noise = Array.from({ length }, () => (state = memory * state + random.student(4)));
      const options = { goodWhen: 'up', changeShareLeast: 0 } as const;
      if (trend({ values: noise.map((value) => value + 1000) }, options).verdict !== 'stable') alarms++;
      const rising = trend({ values: noise.map((value, t) => value + 1000 + trueSlope * t) }, options);
      if (rising.slopeLow <= trueSlope && trueSlope <= rising.slopeHigh) held++;
      if (rising.verdict === 'improving') found++;
    }
    const cells = [alarms, held, found].map((count) => `${((100 * count) / runs).toFixed(1)} %`.padStart(12));
    console.log(`${String(memory).padStart(6)}  ${String(length).padStart(6)}  ${cells.join('  ')}`);
  }
}
