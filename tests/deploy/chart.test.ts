/**
 * The chart, without Helm: its values pass its schema, its templates ask for values
 * that there are and use all of them, and the container is what the image is.
 * `npm run check:helm` lints and renders it by Helm itself.
 */

import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../server/running-server.ts';
import { chartValuesSchema } from './chart-schema.ts';

const chart = join(root, 'deploy/helm/bellwether');
const read = (path: string): string => readFileSync(join(chart, path), 'utf8');
const values = parse(read('values.yaml')) as Record<string, unknown>;
const templates = readdirSync(join(chart, 'templates'));
const whole = templates.map((name) => read(`templates/${name}`)).join('\n');

/** Every path of a value that is no map, as a template asks for it. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly string[] {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  return entries.length === 0
    ? [path.join('.')]
    : entries.flatMap(([key, below]) => pathsOf(below, [...path, key]));
}

describe('the chart', () => {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile(chartValuesSchema());

  it('has the schema that follows from the configuration (renew with vitest -u)', async () => {
    const text = `${JSON.stringify(chartValuesSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(chart, 'values.schema.json'));
  });

  it('has values that pass it', () => {
    expect([validate(values), validate.errors]).toEqual([true, null]);
  });

  it.each([
    ['an unknown value', { persistance: {} }],
    ['an unknown key of the configuration', { config: { service: { prot: 1 } } }],
    ['a wrong value of the configuration', { config: { metrics: { retention_days: -3 } } }],
    ['more replicas than a data directory has servers', { replicas: 2 }],
  ])('refuses %s', (_what, wrong) => {
    expect(validate({ ...values, ...wrong })).toBe(false);
  });

  it('has no value that no template asks for, and asks for none that is not there', () => {
    const asked = new Set([...whole.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) => path));
    // Chosen by the name of the file.
    for (const name of ['recording', 'alerts', 'slo']) asked.add(`prometheusRule.${name}`);
    const isAsked = (path: string): boolean =>
      [...asked].some((one) => path === one || path.startsWith(`${one}.`));
    expect(pathsOf(values).filter((path) => !isAsked(path))).toEqual([]);
    const isThere = (path: string): boolean =>
      path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], values) !==
      undefined;
    expect([...asked].filter((path) => !isThere(path))).toEqual([]);
  });

  it('runs as the user of the image, with a read-only root and without rights', () => {
    const stateful = read('templates/statefulset.yaml');
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain('USER 65532:65532');
    for (const line of [
      'runAsNonRoot: true',
      'runAsUser: 65532',
      'readOnlyRootFilesystem: true',
      'allowPrivilegeEscalation: false',
      'capabilities: { drop: [ALL] }',
      'replicas: 1',
      'path: /livez',
      'path: /readyz',
    ]) {
      expect(stateful).toContain(line);
    }
  });

  it('has the rules and dashboards that are generated', () => {
    expect(realpathSync(join(chart, 'files/rules'))).toBe(join(root, 'monitoring/prometheus/rules'));
    expect(realpathSync(join(chart, 'files/dashboards'))).toBe(join(root, 'monitoring/grafana/dashboards'));
  });

  it('is of the version of the server', () => {
    const { version } = JSON.parse(
      readFileSync(join(root, 'packages/server/package.json'), 'utf8'),
    ) as Record<string, string>;
    const { appVersion } = parse(read('Chart.yaml')) as Record<string, string>;
    expect(appVersion).toBe(version);
  });

  it('opens and closes what it opens', () => {
    for (const name of templates) {
      const text = read(`templates/${name}`);
      const opened = text.match(/\{\{-? *(if|range|with|define) /g)?.length ?? 0;
      expect([name, text.match(/\{\{-? *end *-?\}\}/g)?.length ?? 0]).toEqual([name, opened]);
    }
  });
});
