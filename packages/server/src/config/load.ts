/**
 * Puts the configuration together: defaults, then those of the preset, then the file,
 * then the environment, then the command line, each winning over the ones before.
 * Nothing is used of a configuration in which anything is wrong.
 */

import { contradictions } from './contradictions.ts';
import { readFileLayer } from './file-layer.ts';
import type { SourcedValue } from './layer.ts';
import { type PresetName, presetValues } from './presets.ts';
import type { ConfigSource } from './problems.ts';
import { ConfigError } from './problems.ts';
import type { Config, ConfigKey } from './schema.ts';
import { configKeys, configSections } from './schema.ts';
import type { ConfigOverrides, Environment } from './text-layers.ts';
import { readEnvironmentLayer, readOptionLayer } from './text-layers.ts';

/** What a configuration is loaded from. */
export interface ConfigInput {
  /** The file of `--config`. Where it is absent, the variable `BELLWETHER_CONFIG` may name one. */
  readonly file?: string | undefined;
  readonly environment: Environment;
  /** Values of command line options, by key, e.g. `{ 'service.port': '9092' }`. */
  readonly overrides?: ConfigOverrides;
}

/** A configuration that is right, and where each of its values came from. */
export interface LoadedConfig {
  /** Deeply frozen. */
  readonly config: Config;
  readonly sources: ReadonlyMap<ConfigKey, ConfigSource>;
  /** The file that was read, if any. */
  readonly file: string | null;
}

/**
 * Loads and checks the configuration.
 *
 * @throws {ConfigError} with everything that is wrong.
 * @example loadConfig({ environment: { CUSTOM_METRICS_PORT: '9092' } }).config.service.port // 9092
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const file = input.file ?? (input.environment['BELLWETHER_CONFIG'] || null);
  const layers = [
    ...(file === null ? [] : [readFileLayer(file)]),
    readEnvironmentLayer(input.environment),
    readOptionLayer(input.overrides ?? {}),
  ];
  const values = new Map<ConfigKey, SourcedValue>();
  for (const { name, default: value } of configKeys.values()) {
    values.set(name, { value, source: { kind: 'default' } });
  }
  for (const layer of layers) {
    for (const [name, value] of layer.values) values.set(name, value);
  }
  putPreset(values);
  const config = assemble(values);
  const sources = new Map([...values].map(([name, { source }]) => [name, source]));
  const problems = [...layers.flatMap((layer) => layer.problems), ...contradictions(config, sources)];
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, sources, file };
}

/** Puts the values of the chosen preset where no layer says anything. */
function putPreset(values: Map<ConfigKey, SourcedValue>): void {
  // The value was checked against the names by the layer that gave it.
  const preset = values.get('preset.name')?.value as PresetName;
  for (const [name, value] of presetValues(preset)) {
    if (values.get(name)?.source.kind === 'default')
      values.set(name, { value, source: { kind: 'preset', preset } });
  }
}

function assemble(values: ReadonlyMap<ConfigKey, SourcedValue>): Config {
  const sections = configSections.map(({ name, keys }) => {
    const body = keys.map((declared) => [declared.key, frozen(values.get(declared.name)?.value)] as const);
    return [name, Object.freeze(Object.fromEntries(body))] as const;
  });
  // Every declared key is present and was checked against its leaf, which is what the type says.
  return Object.freeze(Object.fromEntries(sections)) as unknown as Config;
}

function frozen(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}
