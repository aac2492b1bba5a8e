/**
 * Prometheus' own tool judges the catalogue: its names and help lines, and the
 * queries that the reference page shows.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue, type FamilyDeclaration, namingExceptions, queryExamples } from '@bellwether/events';
import { Counter, Gauge, Histogram, Info, Registry, Summary } from '@bellwether/metrics';
import { describe, expect, it } from 'vitest';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool && process.env.CI) throw new Error('promtool is missing: install the package prometheus');
const reason = hasPromtool ? '' : ' (left out: promtool is not installed)';

/** Exposes a family with one series. */
function expose(family: FamilyDeclaration, registry: Registry): void {
  const { name, help, labels: labelNames = [], buckets, percentiles } = family;
  const configuration = { name, help, labelNames, registers: [registry] };
  const labels = Object.fromEntries(labelNames.map((label) => [label, 'x']));
  if (family.type === 'counter') new Counter(configuration).labels(labels).inc();
  else if (family.type === 'gauge') new Gauge(configuration).labels(labels).set(1);
  else if (family.type === 'histogram')
    new Histogram({ ...configuration, buckets }).labels(labels).observe(1);
  else if (family.type === 'summary')
    new Summary({ ...configuration, percentiles }).labels(labels).observe(1);
  else new Info(configuration).labels(labels).set();
}

describe.runIf(hasPromtool)(`promtool${reason}`, () => {
  it('finds the excused faults in the names of the catalogue and no others', async () => {
    const registry = new Registry();
    for (const family of catalogue) expose(family, registry);
    const { stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input: await registry.metrics(),
      encoding: 'utf8',
    });
    const found = stderr.trim().split('\n').toSorted();
    expect(found).toEqual(namingExceptions.map(({ family, fault }) => `${family} ${fault}`).toSorted());
    // 3 says that there were faults of style, 1 that the exposition could not be read.
    expect(status).toBe(3);
  });

  it('parses every query of the reference page', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bellwether-queries-'));
    try {
      const queries = Object.values(queryExamples).flat();
      const rules = queries.map(({ promql }, index) => ({ record: `query:${index}`, expr: promql }));
      writeFileSync(join(folder, 'rules.json'), JSON.stringify({ groups: [{ name: 'queries', rules }] }));
      const { status, stdout, stderr } = spawnSync(
        'promtool',
        ['check', 'rules', join(folder, 'rules.json')],
        { encoding: 'utf8' },
      );
      expect(`${stdout}${stderr}`).toContain(`${queries.length} rules found`);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
