/**
 * Shows a configuration to people and programs without showing a secret: what
 * `check config` prints and what an administrator may ask the server for.
 */

import type { LoadedConfig } from './load.ts';
import { channelSecrets } from './notification-items.ts';
import { formatSource } from './problems.ts';
import type { Config, ConfigKey, DeclaredKey } from './schema.ts';
import { configKeys } from './schema.ts';
import { formatBytes, withoutCredentials } from './units.ts';

/** One key as it may be shown. */
export interface DescribedKey {
  readonly key: ConfigKey;
  /** The value in words, secrets replaced by `***`. */
  readonly value: string;
  /** Where it came from, in words. */
  readonly source: string;
  readonly isDefault: boolean;
}

/** Every key with its effective value and where that came from. */
export function describeConfig(loaded: LoadedConfig): DescribedKey[] {
  return [...configKeys.values()].map((declared) => {
    const source = loaded.sources.get(declared.name) ?? { kind: 'default' as const };
    return {
      key: declared.name,
      value: printValue(declared, valueOf(loaded.config, declared)),
      source: formatSource(source),
      isDefault: source.kind === 'default',
    };
  });
}

/** The value of a key that is known by name only. */
export function valueOf(config: Config, declared: DeclaredKey): unknown {
  return Reflect.get(config[declared.section], declared.key);
}

/**
 * The texts in a configuration that must never appear in a log, an answer or an
 * export: for a registry that redacts them wherever they turn up.
 */
export function secretValues(config: Config): string[] {
  const secrets: string[] = [];
  for (const declared of configKeys.values()) {
    const value = valueOf(config, declared);
    if (!declared.secret || typeof value !== 'string' || value === '') continue;
    if (declared.kind !== 'endpoint') {
      secrets.push(value);
      continue;
    }
    const { username = '', password = '' } = URL.parse(value) ?? {};
    // Without a password the user name is the secret: that is how some services take a key.
    const secret = password === '' ? username : password;
    if (secret !== '') secrets.push(secret, decoded(secret));
  }
  return [...new Set([...secrets, ...channelSecrets(config.notifications.channels)])];
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

/** An item of a list; a map is shown by its id. */
function named(item: unknown): string {
  return typeof item === 'object' && item !== null ? String(Reflect.get(item, 'id')) : String(item);
}

/** A value as the reference and listings print it. */
export function printValue(declared: DeclaredKey, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(named).join(', ');
  if (value === '') return '(none)';
  if (declared.kind === 'endpoint') return withoutCredentials(String(value));
  if (declared.secret) return '***';
  if (declared.kind === 'bytes') return formatBytes(Number(value));
  return declared.unit === undefined ? String(value) : `${String(value)} ${declared.unit}`;
}
