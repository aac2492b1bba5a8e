/**
 * What we write is read by other people's parsers: the OpenMetrics and text parsers
 * of the Python client, and Prometheus's own linter.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { scrape } from '../../packages/metrics/src/index.ts';
import { hasProgram } from './prometheus-server.ts';
import { flatten, parseNumber, sampleRegistry, seriesKey } from './sample-registry.ts';

const PYTHON = '/usr/bin/python3';
const hasPython = hasProgram(PYTHON, '-c', 'from prometheus_client.openmetrics import parser');
const hasPromtool = hasProgram('promtool', '--version');

/** Reads an exposition on standard input and prints every sample as a JSON line. */
const SCRIPT = `
import json, sys
if sys.argv[1] == 'openmetrics':
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
else:
    from prometheus_client.parser import text_string_to_metric_families as parse
text = sys.stdin.buffer.read().decode('utf-8')
for family in parse(text):
    for sample in family.samples:
        exemplar = sample.exemplar and [sample.exemplar.labels, sample.exemplar.value]
        print(json.dumps([family.name, family.type, family.documentation, sample.name, sample.labels, repr(sample.value), exemplar]))
`;

type Line = [
  family: string,
  type: string,
  help: string,
  name: string,
  labels: Record<string, string>,
  value: string,
  exemplar: unknown,
];

async function readByPython(accept: string, format: string): Promise<Line[]> {
  const { body } = await scrape(sampleRegistry(), { accept });
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', SCRIPT, format], { input: body });
  expect([status, stderr.toString()]).toEqual([0, '']);
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** To the Python client every counter has its suffix, also one that was declared without. */
async function expectedSamples(): Promise<Map<string, number>> {
  const expected = flatten(await sampleRegistry().families());
  expected.set('app_visits_total[]', expected.get('app_visits[]')!);
  expected.delete('app_visits[]');
  return expected;
}

function found(lines: readonly Line[]): Map<string, number> {
  const samples = lines.filter(([, , , name]) => !name.endsWith('_created'));
  return new Map(samples.map(([, , , name, labels, value]) => [seriesKey(name, labels), parseNumber(value)]));
}

describe.runIf(hasPython)('the Python client', () => {
  it('reads our OpenMetrics, every value and help text', async () => {
    const lines = await readByPython('application/openmetrics-text; version=1.0.0', 'openmetrics');
    const expected = await expectedSamples();
    expect(Object.fromEntries(found(lines))).toEqual(Object.fromEntries(expected));
    const help = new Map(lines.map(([family, type, text]) => [family, `${type}: ${text}`]));
    expect(help.get('app_requests')).toBe('counter: Requests "so" far\nby path \\');
    expect(help.get('app_breaker')).toBe('stateset: Breaker');
    expect(help.get('app_build')).toBe('info: Build');
  });

  it('reads our classic text', async () => {
    const lines = await readByPython('text/plain; version=0.0.4', 'text');
    expect(Object.fromEntries(found(lines))).toEqual(Object.fromEntries(await expectedSamples()));
  });
});

describe.runIf(hasPromtool)('promtool', () => {
  it('reads our classic text and only finds fault with the names we chose', async () => {
    const { body } = await scrape(sampleRegistry(), {});
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body });
    // 3 is "parsed, with lint": the counter that is declared without its suffix on purpose.
    expect([status, stderr.toString().trim()]).toEqual([
      3,
      'app_visits counter metrics should have "_total" suffix',
    ]);
  });
});
