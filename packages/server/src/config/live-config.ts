/**
 * The configuration of a running server. Keys that are declared as live have their
 * present value whenever they are read; the others keep the one of the start.
 */

import { describeConfig, valueOf } from './describe.ts';
import type { LoadedConfig } from './load.ts';
import type { Config, ConfigKey, DeclaredKey } from './schema.ts';
import { configKeys, configSections } from './schema.ts';

/** A key whose value is another one after a reload. Values in words; secrets are replaced. */
export interface ConfigChange {
  readonly key: ConfigKey;
  readonly from: string;
  readonly to: string;
  /** Whether the new value is in effect, or will be after a restart. */
  readonly effect: 'live' | 'restart';
}

export class LiveConfig {
  /** What all parts of the server read. */
  readonly view: Config;
  readonly #started: LoadedConfig;
  #present: LoadedConfig;

  constructor(loaded: LoadedConfig) {
    this.#started = loaded;
    this.#present = loaded;
    this.view = viewOf(loaded.config, () => this.#present.config);
  }

  /** What was loaded last. */
  get loaded(): LoadedConfig {
    return this.#present;
  }

  /** How another configuration differs from the present one. */
  changesTo(next: LoadedConfig): ConfigChange[] {
    const [before, after] = [wordsOf(this.#present), wordsOf(next)];
    return [...configKeys.values()]
      .filter((declared) => differs(declared, this.#present.config, next.config))
      .map(({ name, live }) => ({
        key: name,
        from: before.get(name) ?? '',
        to: after.get(name) ?? '',
        effect: live === true ? 'live' : 'restart',
      }));
  }

  /** Puts another configuration into effect, as far as it can be without a restart. */
  replace(next: LoadedConfig): void {
    this.#present = next;
  }

  /** Keys whose loaded value takes a restart to come into effect. */
  awaitingRestart(): ConfigKey[] {
    return [...configKeys.values()]
      .filter(
        (declared) => declared.live !== true && differs(declared, this.#started.config, this.#present.config),
      )
      .map(({ name }) => name);
  }
}

function viewOf(started: Config, present: () => Config): Config {
  const sections = configSections.map(({ name, keys }) => {
    const section = {};
    for (const declared of keys) {
      const { key, live } = declared;
      Object.defineProperty(section, key, {
        enumerable: true,
        get: () => valueOf(live === true ? present() : started, declared),
      });
    }
    return [name, Object.freeze(section)] as const;
  });
  // The same keys with the same types, read through.
  return Object.freeze(Object.fromEntries(sections)) as unknown as Config;
}

function wordsOf(loaded: LoadedConfig): Map<ConfigKey, string> {
  return new Map(describeConfig(loaded).map(({ key, value }) => [key, value]));
}

function differs(declared: DeclaredKey, a: Config, b: Config): boolean {
  return JSON.stringify(valueOf(a, declared)) !== JSON.stringify(valueOf(b, declared));
}
