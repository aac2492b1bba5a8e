/** Collectors of one's own, as the configuration declares them. */

import { readItems } from './item-reader.ts';

/** A plugin. */
export interface PluginDefinition {
  readonly id: string;
  /** The file of its module, as it stands in the configuration. */
  readonly module: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Values that one run may give. */
  readonly valuesMax: number;
  /** What the plugin is told. */
  readonly options: Readonly<Record<string, string>>;
}

const PLUGINS_MAX = 32;
const VALUES_MAX = 10_000;
const OPTIONS_MAX = 64;

/** Reads the list; a text is what is wrong with it. */
export function readPlugins(raw: unknown): readonly PluginDefinition[] | string {
  return readItems(raw, PLUGINS_MAX, (item) => {
    const valuesMax = item.positive('values_max') ?? 1000;
    if (!Number.isInteger(valuesMax) || valuesMax > VALUES_MAX)
      item.fail('values_max', `must be a whole number up to ${VALUES_MAX}`);
    const module = item.text('module', undefined, 4096);
    if (!/\.[cm]?js$/.test(module)) item.fail('module', 'must be a file that ends with .js or .mjs');
    return item.done({
      id: item.id('id'),
      module,
      intervalMs: item.durationMs('interval', { default: 15_000, min: 1000, max: 86_400_000 }),
      timeoutMs: item.durationMs('timeout', { default: 10_000, min: 100, max: 600_000 }),
      valuesMax,
      options: item.labels('options', OPTIONS_MAX),
    });
  });
}

const duration = { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] } as const;

/** JSON Schema of the list. */
export const pluginsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: PLUGINS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'module'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      module: { type: 'string', pattern: '\\.[cm]?js$', maxLength: 4096 },
      interval: duration,
      timeout: duration,
      values_max: { type: 'integer', minimum: 1, maximum: VALUES_MAX },
      options: {
        type: 'object',
        additionalProperties: { type: 'string', minLength: 1, maxLength: 256 },
        maxProperties: OPTIONS_MAX,
      },
    },
  },
};
