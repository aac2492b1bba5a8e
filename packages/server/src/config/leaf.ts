/**
 * The kinds of value that a configuration key can have. Each constructor makes a
 * typebox schema, so that one declaration gives the TypeScript type of the value
 * that the server sees, the JSON Schema of what a file may say, and (under
 * `x-bellwether`) what the loader needs: the environment variable, the unit, and
 * whether the value is a secret.
 */

import type { TObject, TUnsafe } from 'typebox';
import { Type } from 'typebox';
import {
  type InhibitionDefinition,
  inhibitionsJsonSchema,
  type MaintenanceDefinition,
  maintenanceJsonSchema,
} from './alert-items.ts';
import { type AlertRuleDefinition, alertRulesJsonSchema } from './alert-rule-items.ts';
import { type SeriesDefinition, seriesDefinitionsJsonSchema } from './series-items.ts';
import { type BudgetDefinition, budgetsJsonSchema } from './budget-items.ts';
import { type ObjectiveDefinition, objectivesJsonSchema } from './objective-items.ts';
import {
  type ChannelDefinition,
  channelsJsonSchema,
  type RouteDefinition,
  routesJsonSchema,
} from './notification-items.ts';
import {
  type CheckDefinition,
  type CollectorJob,
  collectorJobsJsonSchema,
  healthChecksJsonSchema,
} from './collector-items.ts';
import { type CompletionDefinition, completionsJsonSchema } from './completion-items.ts';
import { type PluginDefinition, pluginsJsonSchema } from './plugin-items.ts';
import { type SelfHostedDefinition, selfHostedJsonSchema } from './self-hosted-items.ts';
import { type SpokeDefinition, spokesJsonSchema } from './spoke-items.ts';

/** How a value is written, checked and printed. */
export type LeafKind =
  | 'integer'
  | 'number'
  /** true or false. */
  | 'flag'
  | 'text'
  /** One of a closed set of words, in upper or lower case. */
  | 'choice'
  /** A number of bytes, or a text with a unit such as `20 MiB`. */
  | 'bytes'
  /** A whole number of the leaf's unit, or a text with a unit such as `15s`. */
  | 'duration'
  /** US dollars. The server sees exact decimal text, since money never passes through a float. */
  | 'money'
  /** An address to listen on. */
  | 'host'
  | 'host_port'
  /** An http or https URL; `HOST:PORT` stands for `http://HOST:PORT`. */
  | 'endpoint'
  | 'path'
  | 'paths'
  /** Several addresses as for `endpoint`, without credentials. */
  | 'endpoints'
  /** IP addresses, networks and host names. */
  | 'places'
  /** Origins of web pages. */
  | 'origins'
  /** Strictly ascending positive numbers. */
  | 'bounds'
  /** A list of budgets. */
  | 'budgets'
  /** A list of objectives. */
  | 'objectives'
  /** A list of self-hosted models. */
  | 'self_hosted'
  /** A list of other sites. */
  | 'spokes'
  /** A list of jobs of the collector. */
  | 'collector_jobs'
  /** A list of completions to ask for. */
  | 'completions'
  /** A list of plugins. */
  | 'plugins'
  /** A list of named series. */
  | 'series_definitions'
  /** A list of health checks. */
  | 'health_checks'
  /** Lists of what alerts are made of and told by. */
  | 'alert_rules'
  | 'inhibitions'
  | 'maintenance'
  | 'channels'
  | 'routes';

/** The units that a duration key can have; its name ends in it or is documented with it. */
export type DurationUnit = 'seconds' | 'days';

/** What the declaration of a key may say besides its default. */
interface LeafOptions {
  /** What the key does, for the reference and for editors: full sentences. */
  readonly description: string;
  /** The environment variable, where it is not the one that follows from section and key. */
  readonly variable?: string;
  /** The command line option that wins over file and environment. */
  readonly flag?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  /** True if the empty text is permitted and means "none". */
  readonly optional?: boolean;
  /** True if the value holds, or may hold, what nobody but the server should see. */
  readonly secret?: boolean;
  /** For people: what the number counts. */
  readonly unit?: string;
  /** True if a reload puts another value into effect; else it takes a restart. */
  readonly live?: boolean;
}

/** What the loader knows of one key. */
export interface Leaf extends LeafOptions {
  readonly kind: LeafKind;
  readonly default: unknown;
  readonly choices?: readonly string[];
  /** Other words for a choice, in upper case, and the choice that each stands for. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A schema that carries its leaf. */
export type LeafSchema<Value> = TUnsafe<Value> & { readonly 'x-bellwether': Leaf };

function leaf<Value>(declared: Leaf, json: Readonly<Record<string, unknown>>): LeafSchema<Value> {
  const { description, default: fallback } = declared;
  const schema = Type.Unsafe<Value>({ ...json, description, default: fallback, 'x-bellwether': declared });
  return schema as LeafSchema<Value>;
}

function range(options: LeafOptions): Record<string, number> {
  return {
    ...(options.minimum === undefined ? {} : { minimum: options.minimum }),
    ...(options.maximum === undefined ? {} : { maximum: options.maximum }),
  };
}

/** A whole number. */
export function integer(value: number, options: LeafOptions): LeafSchema<number> {
  return leaf({ ...options, kind: 'integer', default: value }, { type: 'integer', ...range(options) });
}

/** A number. */
export function number(value: number, options: LeafOptions): LeafSchema<number> {
  return leaf({ ...options, kind: 'number', default: value }, { type: 'number', ...range(options) });
}

/** True or false. */
export function flag(value: boolean, options: LeafOptions): LeafSchema<boolean> {
  return leaf({ ...options, kind: 'flag', default: value }, { type: 'boolean' });
}

/** A text on one line. */
export function text(value: string, options: LeafOptions): LeafSchema<string> {
  return leaf({ ...options, kind: 'text', default: value }, textual(options));
}

/** One of a set of words; the server sees the word as the set spells it. */
export function choice<Word extends string>(
  value: Word,
  choices: readonly Word[],
  options: LeafOptions & { readonly aliases?: Readonly<Record<string, Word>> },
): LeafSchema<Word> {
  const words = [...choices, ...Object.keys(options.aliases ?? {})];
  return leaf(
    { ...options, kind: 'choice', default: value, choices },
    { type: 'string', enum: [...words, ...words.map((word) => word.toLowerCase())] },
  );
}

/** A size; the server sees bytes. */
export function bytes(value: number, options: LeafOptions): LeafSchema<number> {
  return leaf(
    { ...options, kind: 'bytes', default: value },
    {
      anyOf: [
        { type: 'integer', ...range(options) },
        { type: 'string', pattern: '^\\d+(\\.\\d+)? ?([kKMGT]?B|[KMGT]iB)$' },
      ],
    },
  );
}

/** A duration; the server sees a whole number of its unit. */
export function duration(
  value: number,
  unit: DurationUnit,
  options: Omit<LeafOptions, 'unit'>,
): LeafSchema<number> {
  return leaf(
    { ...options, kind: 'duration', default: value, unit },
    {
      anyOf: [
        { type: 'integer', ...range(options) },
        { type: 'string', pattern: '^\\d+(\\.\\d+)? ?(ms|s|m|h|d)$' },
      ],
    },
  );
}

/** US dollars, at least 0; the server sees exact decimal text for `parseUsd`. */
export function money(value: string, options: LeafOptions): LeafSchema<string> {
  return leaf(
    { ...options, kind: 'money', default: value, unit: 'USD' },
    {
      anyOf: [
        { type: 'number', minimum: 0 },
        { type: 'string', pattern: '^\\+?\\d*\\.?\\d*([eE][+-]?\\d+)?$' },
      ],
    },
  );
}

/** A host name or an IP address. */
export function host(value: string, options: LeafOptions): LeafSchema<string> {
  return leaf({ ...options, kind: 'host', default: value }, { type: 'string', minLength: 1, maxLength: 255 });
}

/** `HOST:PORT`, empty for none. */
export function hostPort(options: LeafOptions): LeafSchema<string> {
  return leaf(
    { ...options, kind: 'host_port', default: '', optional: true },
    { type: 'string', pattern: '^$|^.+:\\d{1,5}$' },
  );
}

/** An http or https URL or `HOST:PORT`, empty for none; the server sees a URL without a final slash. */
export function endpoint(options: LeafOptions): LeafSchema<string> {
  return leaf(
    { ...options, kind: 'endpoint', default: '', optional: true },
    { type: 'string', pattern: '^$|^[Hh][Tt][Tt][Pp][Ss]?://.+$|^[^/]+:\\d{1,5}$' },
  );
}

/** Several addresses as for {@link endpoint}, without credentials. */
export function endpoints(options: LeafOptions): LeafSchema<readonly string[]> {
  return leaf(
    { ...options, kind: 'endpoints', default: [] },
    { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: options.maxItems },
  );
}

/** A file or directory. In a configuration file it is relative to that file. */
export function path(value: string, options: LeafOptions): LeafSchema<string> {
  return leaf({ ...options, kind: 'path', default: value }, textual(options));
}

/** Several files. */
export function paths(options: LeafOptions): LeafSchema<readonly string[]> {
  return leaf(
    { ...options, kind: 'paths', default: [] },
    { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: options.maxItems },
  );
}

/** IP addresses, networks such as `10.0.0.0/8`, and host names. */
export function places(options: LeafOptions): LeafSchema<readonly string[]> {
  return leaf(
    { ...options, kind: 'places', default: [] },
    { type: 'array', items: { type: 'string', minLength: 1 }, maxItems: options.maxItems },
  );
}

/** Origins of web pages, such as `https://wall.example`. */
export function origins(options: LeafOptions): LeafSchema<readonly string[]> {
  return leaf(
    { ...options, kind: 'origins', default: [] },
    { type: 'array', items: { type: 'string', pattern: '^https?://[^/]+$' }, maxItems: options.maxItems },
  );
}

/** The upper bounds of a histogram's buckets. */
export function bounds(value: readonly number[], options: LeafOptions): LeafSchema<readonly number[]> {
  return leaf(
    { ...options, kind: 'bounds', default: value },
    {
      type: 'array',
      items: { type: 'number', exclusiveMinimum: 0 },
      minItems: 1,
      maxItems: options.maxItems,
      uniqueItems: true,
    },
  );
}

/** A list of budgets. */
export function budgetList(options: LeafOptions): LeafSchema<readonly BudgetDefinition[]> {
  return leaf({ ...options, kind: 'budgets', default: [] }, budgetsJsonSchema);
}

/** A list of objectives. */
export function objectiveList(options: LeafOptions): LeafSchema<readonly ObjectiveDefinition[]> {
  return leaf({ ...options, kind: 'objectives', default: [] }, objectivesJsonSchema);
}

/** A list of self-hosted models. */
export function selfHostedList(options: LeafOptions): LeafSchema<readonly SelfHostedDefinition[]> {
  return leaf({ ...options, kind: 'self_hosted', default: [] }, selfHostedJsonSchema);
}

/** A list of other sites. */
export function spokeList(options: LeafOptions): LeafSchema<readonly SpokeDefinition[]> {
  return leaf({ ...options, kind: 'spokes', default: [] }, spokesJsonSchema);
}

/** A list of jobs of the collector. */
export function collectorJobList(options: LeafOptions): LeafSchema<readonly CollectorJob[]> {
  return leaf({ ...options, kind: 'collector_jobs', default: [] }, collectorJobsJsonSchema);
}

/** A list of completions to ask for. */
export function completionList(options: LeafOptions): LeafSchema<readonly CompletionDefinition[]> {
  return leaf({ ...options, kind: 'completions', default: [] }, completionsJsonSchema);
}

/** A list of plugins. */
export function pluginList(options: LeafOptions): LeafSchema<readonly PluginDefinition[]> {
  return leaf({ ...options, kind: 'plugins', default: [] }, pluginsJsonSchema);
}

/** A list of named series. */
export function seriesDefinitionList(options: LeafOptions): LeafSchema<readonly SeriesDefinition[]> {
  return leaf({ ...options, kind: 'series_definitions', default: [] }, seriesDefinitionsJsonSchema);
}

/** A list of health checks. */
export function healthCheckList(options: LeafOptions): LeafSchema<readonly CheckDefinition[]> {
  return leaf({ ...options, kind: 'health_checks', default: [] }, healthChecksJsonSchema);
}

/** A list of alert rules. */
export function alertRuleList(options: LeafOptions): LeafSchema<readonly AlertRuleDefinition[]> {
  return leaf({ ...options, kind: 'alert_rules', default: [] }, alertRulesJsonSchema);
}

/** A list of inhibitions. */
export function inhibitionList(options: LeafOptions): LeafSchema<readonly InhibitionDefinition[]> {
  return leaf({ ...options, kind: 'inhibitions', default: [] }, inhibitionsJsonSchema);
}

/** A list of times of maintenance. */
export function maintenanceList(options: LeafOptions): LeafSchema<readonly MaintenanceDefinition[]> {
  return leaf({ ...options, kind: 'maintenance', default: [] }, maintenanceJsonSchema);
}

/** A list of channels; what is secret in them is known to `channelSecrets`. */
export function channelList(options: LeafOptions): LeafSchema<readonly ChannelDefinition[]> {
  return leaf({ ...options, kind: 'channels', default: [] }, channelsJsonSchema);
}

/** A list of routes. */
export function routeList(options: LeafOptions): LeafSchema<readonly RouteDefinition[]> {
  return leaf({ ...options, kind: 'routes', default: [] }, routesJsonSchema);
}

function textual(options: LeafOptions): Record<string, unknown> {
  return {
    type: 'string',
    minLength: options.optional ? 0 : 1,
    maxLength: options.maxLength ?? TEXT_LENGTH_MAX,
  };
}

/** How long a text may be where its key does not say otherwise. */
export const TEXT_LENGTH_MAX = 4096;

/** A section: a map of keys and nothing else. */
export function section<Keys extends Readonly<Record<string, LeafSchema<unknown>>>>(
  description: string,
  keys: Keys,
): TObject<{ -readonly [Key in keyof Keys]: Keys[Key] }> {
  return Type.Object({ ...keys }, { additionalProperties: false, description });
}
