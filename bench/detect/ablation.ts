/**
 * What each idea is worth on the development half of the Numenta Anomaly Benchmark,
 * standard profile, by leaving it out and by taking it alone: each group of
 * statistics, the silence after a report, and the handicap of nervous series. Run
 * with `node --conditions=source bench/detect/ablation.ts [FOLDER]`.
 */

import {
  STATISTICS,
  type StatisticDefinition,
  type StatisticKind,
} from '../../packages/server/src/analyse/detect/definitions.ts';
import { Evidence } from '../../packages/server/src/analyse/detect/evidence.ts';
import { handicap, Incidents } from '../../packages/server/src/analyse/detect/incidents.ts';
import {
  decadesOfScore,
  scoreOfDecades,
  THRESHOLD_DEFAULT,
} from '../../packages/server/src/analyse/detect/index.ts';
import { Statistics } from '../../packages/server/src/analyse/detect/statistics.ts';
import { type LabelledSeries, nabFolder, type Profile, readNab, readProfiles } from './nab-data.ts';
import { resultAt, scoreSeries, sweep } from './nab-score.ts';

/** The rarities of each row per statistic, which only have to be computed once. */
interface Weighed {
  readonly series: LabelledSeries;
  readonly rows: readonly Float64Array[];
}

interface Variant {
  readonly uses: (statistic: StatisticDefinition) => boolean;
  readonly silence?: boolean;
  readonly handicap?: boolean;
}

const KINDS: readonly StatisticKind[] = ['point', 'seasonal', 'jump', 'level', 'variance', 'missing', 'zero'];

function weigh(series: LabelledSeries): Weighed {
  const statistics = new Statistics();
  const evidence = new Evidence();
  const rows = Array.from(series.values, (value, row) => {
    statistics.observe(series.timestampsMs[row]!, value);
    evidence.observe(statistics.values);
    return evidence.decades.slice();
  });
  return { series, rows };
}

function scoresOf(
  { series, rows }: Weighed,
  { uses, silence = true, handicap: hasHandicap = true }: Variant,
) {
  const incidents = new Incidents(decadesOfScore(THRESHOLD_DEFAULT));
  const used = STATISTICS.map((statistic) => (uses(statistic) ? 1 : 0));
  let alarms = 0;
  return Float64Array.from(rows, (all, row) => {
    const each = all.map((decades, index) => decades * used[index]!);
    const most = Math.max(...each);
    // What the handicap will take off is given beforehand where it is to be left out.
    const evidence = most > 0 && !hasHandicap ? most + handicap(alarms, row + 1) : most;
    const verdict = incidents.judge(series.timestampsMs[row]!, evidence, each, null);
    if (verdict.standing === 'news') alarms += 1;
    return verdict.standing === 'known' && silence ? 0 : scoreOfDecades(verdict.decades);
  });
}

function print(name: string, all: readonly Weighed[], profile: Profile, variant: Variant): void {
  const scored = all.map((weighed) => scoreSeries(weighed.series, scoresOf(weighed, variant)));
  const fixed = resultAt(scored, THRESHOLD_DEFAULT, profile).toFixed(1);
  console.log(
    `${name.padEnd(34)} ${fixed.padStart(6)} ${sweep(scored, profile).result.toFixed(1).padStart(6)}`,
  );
}

const folder = process.argv[2] ?? nabFolder;
const all = (await readNab(folder)).map(weigh);
const profile = readProfiles(folder)[0]!;
const everything = (): boolean => true;
console.log(`${'standard profile'.padEnd(34)} at 0.5   best`);
print('everything', all, profile, { uses: everything });
for (const kind of KINDS) {
  print(`only ${kind}`, all, profile, { uses: (statistic) => statistic.kind === kind });
}
for (const kind of KINDS) {
  print(`without ${kind}`, all, profile, { uses: (statistic) => statistic.kind !== kind });
}
KINDS.forEach((_, index) => {
  const taken = KINDS.slice(0, index + 1);
  print(taken.join(' + ').slice(-34), all, profile, { uses: ({ kind }) => taken.includes(kind) });
});
print('without silence after a report', all, profile, { uses: everything, silence: false });
print('without the handicap', all, profile, { uses: everything, handicap: false });
