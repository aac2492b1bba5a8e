import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeConfig, printValue } from './describe.ts';
import { loadConfig } from './load.ts';
import { configKeys } from './schema.ts';
import { presetNames } from './preset-section.ts';
import { presetValues } from './presets.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-presets-'));
const file = join(directory, 'bellwether.yaml');
afterAll(() => rmSync(directory, { recursive: true }));

const load = (text: string, environment: Record<string, string> = {}) => {
  writeFileSync(file, text);
  return loadConfig({ file, environment });
};

describe('a preset', () => {
  it('changes nothing as long as none is chosen', () => {
    expect(load('').config).toEqual(loadConfig({ environment: {} }).config);
    expect([...presetValues('none')]).toEqual([]);
  });

  it.each(presetNames.filter((name) => name !== 'none'))(
    '%s is right by itself, over several sections',
    (name) => {
      const { config, sources } = load(`preset: ${name}`);
      const plain = loadConfig({ environment: {} }).config;
      const values = presetValues(name);
      expect(new Set([...values.keys()].map((key) => key.split('.')[0])).size).toBeGreaterThan(2);
      for (const [key, value] of values) {
        const [section = '', leaf = ''] = key.split('.');
        expect(Reflect.get(Reflect.get(config, section) as object, leaf)).toEqual(value);
        expect(sources.get(key)).toEqual({ kind: 'preset', preset: name });
      }
      const changed = JSON.stringify(config) !== JSON.stringify({ ...plain, preset: config.preset });
      expect(changed).toBe(true);
    },
  );

  it('is stricter the more depends on it', () => {
    const [development, production, enterprise] = (['development', 'production', 'enterprise'] as const).map(
      (name) => load(`preset: ${name}`).config,
    );
    expect(
      [development, production, enterprise].map((config) => config?.storage.disk_warning_percent),
    ).toEqual([90, 75, 70]);
    expect([development, production, enterprise].map((config) => config?.access.open_on_loopback)).toEqual([
      true,
      false,
      false,
    ]);
    expect([development, production, enterprise].map((config) => config?.alerts.preset)).toEqual([
      'development',
      'production',
      'enterprise',
    ]);
  });

  it('says in the documentation what it says here', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/operate/presets.md'), 'utf8');
    const named = presetNames.filter((name) => name !== 'none').map(presetValues);
    const rows = [...configKeys.values()]
      .filter(({ name }) => named.some((values) => values.has(name)))
      .map((declared) => {
        const cells = named.map((values) =>
          values.has(declared.name) ? ` ${printValue(declared, values.get(declared.name))} ` : ' ',
        );
        return `| \`${declared.name}\` | ${printValue(declared, declared.default)} |${cells.join('|')}|`;
      });
    expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it('gives way to whatever is set, wherever that is', () => {
    const loaded = load('preset: enterprise\naccess: { open_monitoring: true }\nalerts: { preset: none }\n', {
      BELLWETHER_BACKUP_KEEP: '3',
    });
    expect(loaded.config.access.open_monitoring).toBe(true);
    expect(loaded.config.alerts.preset).toBe('none');
    expect(loaded.config.backup.keep).toBe(3);
    expect(loaded.config.access.open_on_loopback).toBe(false);
    const sourceOf = new Map(describeConfig(loaded).map(({ key, source }) => [key, source]));
    expect(sourceOf.get('access.open_monitoring')).toBe(`${file} line 2`);
    expect(sourceOf.get('backup.keep')).toBe('environment variable BELLWETHER_BACKUP_KEEP');
    expect(sourceOf.get('access.open_on_loopback')).toBe('preset enterprise');
    expect(sourceOf.get('preset.name')).toBe(`${file} line 1`);
    expect(sourceOf.get('service.port')).toBe('default');
  });

  it('may come from the environment, in capitals, or as a map', () => {
    const { config } = load('preset: { name: development }', { BELLWETHER_PRESET: 'PRODUCTION' });
    expect([config.preset.name, config.storage.disk_critical_percent]).toEqual(['production', 90]);
    expect(load('preset: { name: Development }').config.analysis.threshold).toBe(0.9);
  });

  it('that does not exist is refused with its place, and so is one that is no word', () => {
    expect(() => load('service: {}\npreset: lenient\n')).toThrow(
      `preset.name: must be one of none, development, production, enterprise, is "lenient" (in ${file} line 2)`,
    );
    expect(() => load('preset: [production]')).toThrow(/^preset: must be a map of keys/);
  });

  it('is not blamed for what contradicts it', () => {
    expect(() => load('preset: production\nstorage: { disk_critical_percent: 60 }')).toThrow(
      `storage.disk_critical_percent: disk_warning_percent (75) must be less than disk_critical_percent (60) (in ${file} line 2)`,
    );
  });
});
