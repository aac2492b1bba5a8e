/**
 * The two sources that are text only: environment variables and command line
 * options. An empty variable counts as absent, since that is what an unset
 * variable becomes when another tool passes it on.
 */

import type { ConfigLayer } from './layer.ts';
import { layerOf } from './layer.ts';
import { Refusal, readText } from './read-value.ts';
import { readSmallFile } from './read-small-file.ts';
import type { ConfigKey, DeclaredKey } from './schema.ts';
import { configKeys, configSections } from './schema.ts';
import { nearest } from './suggest.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values from the command line, by key; an `undefined` one was not given. */
export type ConfigOverrides = Partial<Record<ConfigKey, string | undefined>>;

/** The largest file that a `…_FILE` variable may name. */
export const SECRET_FILE_BYTES_MAX = 65_536;

/** Reads the values that the environment gives. */
export function readEnvironmentLayer(environment: Environment): ConfigLayer {
  const layer = layerOf();
  for (const declared of configKeys.values()) readVariable(layer, declared, environment);
  refuseUnknown(layer, environment);
  return layer;
}

function readVariable(layer: ConfigLayer, declared: DeclaredKey, environment: Environment): void {
  const { variable } = declared;
  const raw = environment[variable] || undefined;
  const file = declared.secret ? environment[`${variable}_FILE`] || undefined : undefined;
  if (raw !== undefined && file !== undefined) {
    layer.problems.push({
      code: 'contradiction',
      key: declared.name,
      reason: `is given both by ${variable} and by ${variable}_FILE`,
      source: { kind: 'environment', variable },
    });
  } else if (file !== undefined) {
    readSecretFile(layer, declared, file);
  } else if (raw !== undefined) {
    const read = readText(declared, raw);
    layer.add(declared, explainServiceLink(read, raw), { kind: 'environment', variable });
  }
}

/** Containers and systemd hand over secrets as files, so that no process listing shows them. */
function readSecretFile(layer: ConfigLayer, declared: DeclaredKey, file: string): void {
  const variable = `${declared.variable}_FILE`;
  const content = readSmallFile(file, SECRET_FILE_BYTES_MAX);
  if (content instanceof Refusal) {
    layer.problems.push({
      code: 'unreadable_file',
      key: declared.name,
      reason: `the file ${JSON.stringify(file)} ${content.reason}`,
      source: { kind: 'environment', variable },
    });
    return;
  }
  layer.add(declared, readText(declared, content.replace(/\r?\n$/, '')), { kind: 'secret_file', variable });
}

/** Kubernetes sets NAME_PORT to an address for every Service of that name, which surprises everybody once. */
function explainServiceLink(read: unknown, raw: string): unknown {
  if (!(read instanceof Refusal) || !/^(?:tcp|udp|sctp):\/\//.test(raw)) return read;
  return new Refusal(
    `${read.reason}; Kubernetes sets this for a Service of that name unless the pod has enableServiceLinks: false`,
  );
}

/** A variable that names one of our sections and no key is a slip that would otherwise go unnoticed. */
function refuseUnknown(layer: ConfigLayer, environment: Environment): void {
  const prefixes = configSections.map(({ name }) => `BELLWETHER_${name.toUpperCase()}_`);
  const known = new Set<string>();
  for (const { variable, secret } of configKeys.values()) {
    known.add(variable);
    if (secret) known.add(`${variable}_FILE`);
  }
  for (const variable of Object.keys(environment)) {
    // Kubernetes makes BELLWETHER_SERVICE_HOST and _PORT for a Service called bellwether.
    if (known.has(variable) || variable.startsWith('BELLWETHER_SERVICE_')) continue;
    if (!prefixes.some((prefix) => variable.startsWith(prefix))) continue;
    const meant = nearest(variable, known);
    layer.problems.push({
      code: 'unknown_key',
      key: variable,
      reason: `is not a known variable${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      source: { kind: 'environment', variable },
    });
  }
}

/** Reads the values that the command line gives. */
export function readOptionLayer(overrides: ConfigOverrides): ConfigLayer {
  const layer = layerOf();
  for (const [name, raw] of Object.entries(overrides)) {
    const declared = configKeys.get(name);
    if (declared && raw !== undefined) {
      layer.add(declared, readText(declared, raw), { kind: 'option', flag: declared.flag ?? name });
    }
  }
  return layer;
}
