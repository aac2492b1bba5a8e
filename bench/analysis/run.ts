/**
 * How well the watch over the ledger works and what it costs: false alarms in a quiet
 * month of the demo's traffic, how soon what happens in its story is found, and the work
 * of judging a minute of 1,000 series, as a share of one core.
 *
 * Usage: node --conditions=source bench/analysis/run.ts [SEED...]
 */

import { Group } from '../../packages/server/src/analysis/group.ts';
import { loadConfig } from '../../packages/server/src/config/index.ts';
import { describeStory } from '../../packages/server/src/demo/story.ts';
import { RandomStream } from '../../packages/server/src/replay/random.ts';
import { watchDemo } from '../../tests/analysis/watch-demo.ts';

const DAYS = 30;
const END_MS = Date.UTC(2026, 10, 20);
const MINUTE_MS = 60_000;

const seeds = process.argv.slice(2).map(Number);
const threshold = Number(process.env['THRESHOLD'] ?? 0.8);
const analysis = { ...loadConfigured(), threshold };

for (const seed of seeds.length === 0 ? [1] : seeds) {
  await quiet(seed);
  await story(seed);
}
cost();

function loadConfigured() {
  const { config } = loadConfig({ file: undefined, environment: { BELLWETHER_ANALYSIS_SERIES_MAX: '200' } });
  return config.analysis;
}

async function quiet(seed: number): Promise<void> {
  const { anomalies, series } = await watchDemo({
    endMs: END_MS,
    days: DAYS,
    seed,
    facts: [],
    analysis,
    explains: false,
  });
  const incidents = new Set(anomalies.map(({ incident }) => incident)).size;
  const perDay = (count: number): string => (count / DAYS).toFixed(2);
  console.log(
    `quiet month, seed ${seed}, ${series} series: ${perDay(incidents)} incidents a day (${perDay(anomalies.length)} anomalies)`,
  );
  if (process.env['DETAILS'] !== undefined) show(anomalies);
}

async function story(seed: number): Promise<void> {
  const { anomalies } = await watchDemo({ endMs: END_MS, days: DAYS, seed, analysis, explains: true });
  for (const fact of describeStory(END_MS)) {
    const until = fact.endMs ?? fact.startMs + 24 * 60 * MINUTE_MS;
    const found = anomalies.filter(({ openedMs }) => openedMs > fact.startMs && openedMs <= until);
    const first = found.find(({ labels, cause }) =>
      Object.entries(fact.dimensions).some(
        ([name, value]) =>
          labels[name] === value ||
          cause?.causes.slice(0, 3).some((one) => one.dimension === name && one.value === value),
      ),
    );
    const after = first === undefined ? 'not found' : `${(first.openedMs - fact.startMs) / MINUTE_MS} min`;
    const what = first === undefined ? '' : `, by ${first.measure} of ${JSON.stringify(first.labels)}`;
    console.log(`story, seed ${seed}: ${fact.id} (${fact.kind}): ${after}${what}`);
  }
  if (process.env['DETAILS'] !== undefined) show(anomalies);
}

function show(anomalies: Awaited<ReturnType<typeof watchDemo>>['anomalies']): void {
  for (const one of anomalies)
    console.log(
      `  ${new Date(one.openedMs).toISOString().slice(5, 16)} ${one.incident.slice(0, 4)} ${one.measure} ${JSON.stringify(one.labels)} ${one.kinds.join()} ${one.score.toFixed(3)} z ${one.sigmas.toFixed(1)} ${one.evidence.join()} ${one.cause?.causes
        .slice(0, 2)
        .map(({ dimension, value, share }) => `${dimension}=${value} ${share.toFixed(2)}`)
        .join('; ')}`,
    );
}

/** The processor time of judging 1,000 series for a minute. */
function cost(): void {
  const measures = analysis.measures.split(',');
  const groups = Array.from({ length: 1000 / measures.length }, () => new Group({}, measures, MINUTE_MS));
  const random = new RandomStream(1);
  const judge = (from: number, minutes: number): void => {
    for (let minute = from; minute < from + minutes; minute += 1) {
      for (const group of groups)
        group.observe(END_MS + minute * MINUTE_MS, () => random.uniform(), 1 + 10 * random.uniform());
    }
  };
  judge(0, 2000);
  const before = process.cpuUsage();
  judge(2000, 1000);
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000 / 1000;
  console.log(
    `judging 1,000 series for a minute: ${ms.toFixed(2)} ms of processor time, ${((100 * ms) / MINUTE_MS).toFixed(4)} % of a core`,
  );
}
