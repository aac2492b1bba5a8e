/** Runs the watch over the demo's traffic in event time, and tells what it found. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalysisStore, analysisStatePart } from '../../packages/server/src/analysis/analysis-store.ts';
import type { Anomaly } from '../../packages/server/src/analysis/anomaly.ts';
import { explainAnomaly } from '../../packages/server/src/analysis/explain-anomaly.ts';
import { watchPlan } from '../../packages/server/src/analysis/plan.ts';
import { Watcher } from '../../packages/server/src/analysis/watcher.ts';
import { fakeClock } from '../../packages/server/src/clock.ts';
import type { Config } from '../../packages/server/src/config/index.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { openStateDatabase } from '../../packages/server/src/state/state-database.ts';
import { DemoSource, type DemoSourceOptions } from './demo-source.ts';

const DAY_MS = 86_400_000;

/** What to watch, and how long. */
export interface WatchDemoOptions extends DemoSourceOptions {
  readonly days: number;
  readonly analysis: Config['analysis'];
  /** Whether causes are looked for. */
  readonly explains: boolean;
}

/** The anomalies of the demo's last days, in the order in which they became clear. */
export async function watchDemo(
  options: WatchDemoOptions,
): Promise<{ anomalies: Anomaly[]; series: number }> {
  const { endMs, days, analysis, explains } = options;
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-watch-'));
  const clock = fakeClock(endMs + analysis.settle_seconds * 1000);
  const state = openStateDatabase({ dataDir: directory, clock, parts: [analysisStatePart] });
  const store = new AnalysisStore(state);
  const source = new DemoSource(options);
  const watcher = new Watcher({
    source,
    declared: [],
    plan: watchPlan(analysis.measures, analysis.dimensions, analysis.series_max),
    store,
    clock,
    log: { ...silentLog, warn: (details) => failures.push(JSON.stringify(details)) },
    settle: () => Promise.resolve(true),
    threshold: () => analysis.threshold,
    settleMs: analysis.settle_seconds * 1000,
    historyMs: days * DAY_MS,
    attribute: (anomaly) => (explains ? explainAnomaly(source, anomaly) : Promise.resolve(null)),
    onChange: () => undefined,
    onShifted: () => undefined,
    onLearnt: () => undefined,
  });
  const failures: string[] = [];
  try {
    await watcher.pass();
    if (failures.length > 0) throw new Error(failures.join('\n'));
    const anomalies = store.list({ limit: 100_000 }).toReversed();
    const series = watcher.groups.groups.reduce((sum, group) => sum + group.judges.size, 0);
    return { anomalies, series };
  } finally {
    await watcher.close();
    state.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
