/** What one source of configuration says: the values it gives, and what is wrong with the rest. */

import type { ConfigProblem, ConfigSource } from './problems.ts';
import { Refusal } from './read-value.ts';
import type { ConfigKey, DeclaredKey } from './schema.ts';

/** A value and where it stands. */
export interface SourcedValue {
  readonly value: unknown;
  readonly source: ConfigSource;
}

/** The values of one source. */
export interface ConfigLayer {
  readonly values: Map<ConfigKey, SourcedValue>;
  readonly problems: ConfigProblem[];
  /** Takes what a reader made of a key: a value, or the refusal as a problem. */
  add(declared: DeclaredKey, read: unknown, source: ConfigSource): void;
}

/** An empty layer. */
export function layerOf(): ConfigLayer {
  const values = new Map<ConfigKey, SourcedValue>();
  const problems: ConfigProblem[] = [];
  return {
    values,
    problems,
    add: ({ name }, read, source) => {
      if (read instanceof Refusal) {
        problems.push({ code: 'invalid_value', key: name, reason: read.reason, source });
      } else {
        values.set(name, { value: read, source });
      }
    },
  };
}
