/**
 * Turns what a file, a variable or an option says for one key into the value that
 * the server sees, or into the reason why it cannot.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { Leaf, LeafKind } from './leaf.ts';
import { TEXT_LENGTH_MAX } from './leaf.ts';
import { readInhibitions, readMaintenance } from './alert-items.ts';
import { readAlertRules } from './alert-rule-items.ts';
import { readAllowedPlaces } from '../outgoing/index.ts';
import { readBudgets } from './budget-items.ts';
import { readObjectives } from './objective-items.ts';
import { readChannels, readRoutes } from './notification-items.ts';
import { readSelfHosted } from './self-hosted-items.ts';
import { readSpokes } from './spoke-items.ts';
import { readSeriesDefinitions } from './series-items.ts';
import { readCollectorJobs, readHealthChecks } from './collector-items.ts';
import { readPlugins } from './plugin-items.ts';
import { readCompletions } from './completion-items.ts';
import { formatBytes, isHost, isHostPort, parseBytes, parseDuration, parseEndpoint } from './units.ts';

/** Why a value is refused, as the rest of a sentence that begins with the name of the key. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Reads a value as YAML or JSON gives it.
 *
 * @returns the value for the configuration, or a {@link Refusal}.
 */
export function readValue(leaf: Leaf, raw: unknown): unknown {
  const read = readers[leaf.kind](leaf, raw);
  if (read !== undefined) return read;
  return new Refusal(`must be ${expectation(leaf)}, is ${leaf.secret ? 'something else' : display(raw)}`);
}

/** Reads a value from an environment variable or a command line option, which are always text. */
export function readText(leaf: Leaf, raw: string): unknown {
  const trimmed = raw.trim();
  const value = textForms[leaf.kind]?.(trimmed) ?? trimmed;
  return readValue(leaf, value);
}

/** A value as an error message or a listing shows it: short, on one line. */
export function display(raw: unknown): string {
  if (raw === null || raw === undefined) return 'empty';
  if (typeof raw === 'string') return JSON.stringify(raw.length > 60 ? `${raw.slice(0, 60)}…` : raw);
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
  return Array.isArray(raw) ? 'a list' : 'a map';
}

/** A reader gives the value, a refusal with a reason of its own, or `undefined` for "not what was expected". */
type Reader = (leaf: Leaf, raw: unknown) => unknown;

const readers: Readonly<Record<LeafKind, Reader>> = {
  integer: (leaf, raw) => (Number.isSafeInteger(raw) ? inRange(leaf, raw as number) : undefined),
  number: (leaf, raw) => (Number.isFinite(raw) ? inRange(leaf, raw as number) : undefined),
  flag: (_leaf, raw) => (typeof raw === 'boolean' ? raw : undefined),
  text: readLine,
  choice: (leaf, raw) => {
    if (typeof raw !== 'string') return undefined;
    const word = raw.toUpperCase();
    return leaf.aliases?.[word] ?? leaf.choices?.find((choice) => choice.toUpperCase() === word);
  },
  bytes: (leaf, raw) => readQuantity(leaf, raw, parseBytes),
  duration: (leaf, raw) =>
    readQuantity(leaf, raw, (text) => parseDuration(text, leaf.unit === 'days' ? 'days' : 'seconds')),
  money: (_leaf, raw) => {
    if (typeof raw !== 'string' && typeof raw !== 'number') return undefined;
    const amount = parseUsd(raw);
    if (amount === null) return undefined;
    return amount < 0n ? new Refusal(`must be at least 0, is ${display(raw)}`) : formatUsd(amount);
  },
  host: (_leaf, raw) => (typeof raw === 'string' && isHost(raw) ? raw : undefined),
  host_port: (_leaf, raw) => (typeof raw === 'string' && (raw === '' || isHostPort(raw)) ? raw : undefined),
  endpoint: (_leaf, raw) => {
    if (raw === '') return '';
    return typeof raw === 'string' && raw.length <= TEXT_LENGTH_MAX
      ? (parseEndpoint(raw) ?? undefined)
      : undefined;
  },
  path: readLine,
  paths: (leaf, raw) => readList(leaf, raw, (item) => readLine({ ...leaf, optional: false }, item)),
  endpoints: (leaf, raw) => readList(leaf, raw, readPlainEndpoint),
  places: (leaf, raw) => readList(leaf, raw, readPlace),
  origins: (leaf, raw) => readList(leaf, raw, readOrigin),
  bounds: (leaf, raw) => {
    const list = readList(leaf, raw, (item) => (Number.isFinite(item) ? item : undefined));
    if (!Array.isArray(list)) return list;
    const ascending = list.every((bound, index) => bound > (index === 0 ? 0 : list[index - 1]));
    return list.length > 0 && ascending ? list : undefined;
  },
  budgets: (_leaf, raw) => refusedOrRead(readBudgets(raw)),
  objectives: (_leaf, raw) => refusedOrRead(readObjectives(raw)),
  self_hosted: (_leaf, raw) => refusedOrRead(readSelfHosted(raw)),
  spokes: (_leaf, raw) => refusedOrRead(readSpokes(raw)),
  series_definitions: (_leaf, raw) => refusedOrRead(readSeriesDefinitions(raw)),
  collector_jobs: (_leaf, raw) => refusedOrRead(readCollectorJobs(raw)),
  completions: (_leaf, raw) => refusedOrRead(readCompletions(raw)),
  plugins: (_leaf, raw) => refusedOrRead(readPlugins(raw)),
  health_checks: (_leaf, raw) => refusedOrRead(readHealthChecks(raw)),
  alert_rules: (_leaf, raw) => refusedOrRead(readAlertRules(raw)),
  inhibitions: (_leaf, raw) => refusedOrRead(readInhibitions(raw)),
  maintenance: (_leaf, raw) => refusedOrRead(readMaintenance(raw)),
  channels: (_leaf, raw) => refusedOrRead(readChannels(raw)),
  routes: (_leaf, raw) => refusedOrRead(readRoutes(raw)),
};

/** A text is what is wrong. */
function refusedOrRead(read: unknown): unknown {
  return typeof read === 'string' ? new Refusal(read) : read;
}

function readLine(leaf: Leaf, raw: unknown): unknown {
  if (typeof raw !== 'string') return undefined;
  if (raw === '' && !leaf.optional) return new Refusal('must not be empty');
  const lengthMax = leaf.maxLength ?? TEXT_LENGTH_MAX;
  if (raw.length > lengthMax) {
    return new Refusal(`must be at most ${lengthMax} characters long, has ${raw.length}`);
  }
  // Control characters in a name or a path are never meant and would reach logs and terminals.
  return /\p{Cc}/u.test(raw) ? new Refusal('must not contain control characters') : raw;
}

function readPlainEndpoint(item: unknown): unknown {
  const url = typeof item === 'string' && item.length <= TEXT_LENGTH_MAX ? parseEndpoint(item) : null;
  if (url === null) return undefined;
  // Whoever may ask for the list would see them.
  return /^\w+:\/\/[^/]*@/.test(url) ? new Refusal('must hold no credentials') : url;
}

function readPlace(item: unknown): unknown {
  if (typeof item !== 'string') return undefined;
  const places = readAllowedPlaces([item]);
  return 'wrong' in places
    ? new Refusal(`must hold IP addresses, networks and host names, holds ${display(item)}`)
    : item;
}

/** An origin as browsers spell it, since it is compared with what they send. */
function readOrigin(item: unknown): unknown {
  const origin = typeof item === 'string' && /^https?:/i.test(item) ? URL.parse(item)?.origin : undefined;
  return origin !== undefined && origin === String(item).toLowerCase() ? origin : undefined;
}

function readQuantity(leaf: Leaf, raw: unknown, parse: (text: string) => number | null): unknown {
  const quantity = typeof raw === 'string' ? parse(raw) : raw;
  return Number.isSafeInteger(quantity) ? inRange(leaf, quantity as number) : undefined;
}

function readList(leaf: Leaf, raw: unknown, readItem: (item: unknown) => unknown): unknown {
  if (!Array.isArray(raw)) return undefined;
  if (leaf.maxItems !== undefined && raw.length > leaf.maxItems) {
    return new Refusal(`must have at most ${leaf.maxItems} items, has ${raw.length}`);
  }
  const items = raw.map(readItem);
  if (items.includes(undefined)) return undefined;
  return items.find((item) => item instanceof Refusal) ?? items;
}

function inRange(leaf: Leaf, value: number): number | Refusal {
  const print = leaf.kind === 'bytes' ? formatBytes : String;
  if (leaf.minimum !== undefined && value < leaf.minimum) {
    return new Refusal(`must be at least ${print(leaf.minimum)}, is ${print(value)}`);
  }
  if (leaf.maximum !== undefined && value > leaf.maximum) {
    return new Refusal(`must be at most ${print(leaf.maximum)}, is ${print(value)}`);
  }
  return value;
}

/** What a leaf takes, for people: the middle of "must be …, is …" and the type column of the reference. */
export function expectation(leaf: Leaf): string {
  if (leaf.kind === 'choice') {
    return `one of ${[...(leaf.choices ?? []), ...Object.keys(leaf.aliases ?? {})].join(', ')}`;
  }
  if (leaf.kind === 'duration') {
    return `a whole number of ${leaf.unit}, or a text such as "${leaf.unit === 'days' ? '7d' : '10m'}"`;
  }
  return expectations[leaf.kind];
}

const expectations: Readonly<Record<Exclude<LeafKind, 'choice' | 'duration'>, string>> = {
  integer: 'a whole number',
  number: 'a number',
  flag: 'true or false',
  text: 'a text',
  bytes: 'a whole number of bytes, or a text such as "20 MiB"',
  money: 'an amount in US dollars such as 0.005',
  host: 'an IP address or a host name',
  host_port: 'HOST:PORT',
  endpoint: 'an http or https URL, or HOST:PORT',
  endpoints: 'a list of http or https URLs, or HOST:PORT',
  path: 'a path',
  paths: 'a list of paths',
  origins: 'a list of origins such as https://wall.example',
  places: 'a list of IP addresses, networks such as 10.0.0.0/8 and host names',
  bounds: 'a list of positive numbers in ascending order',
  budgets: 'a list of budgets',
  objectives: 'a list of objectives',
  self_hosted: 'a list of self-hosted models',
  spokes: 'a list of sites',
  series_definitions: 'a list of named series',
  collector_jobs: 'a list of jobs',
  completions: 'a list of completions',
  plugins: 'a list of plugins',
  health_checks: 'a list of checks',
  alert_rules: 'a list of alert rules',
  inhibitions: 'a list of inhibitions',
  maintenance: 'a list of maintenance windows',
  channels: 'a list of channels',
  routes: 'a list of routes',
};

const words: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/** How the kinds that are not text in a file are written where there is only text; `undefined`: not so written. */
const textForms: Partial<Record<LeafKind, (text: string) => unknown>> = {
  integer: decimal,
  number: decimal,
  bytes: decimal,
  duration: decimal,
  flag: (text) => words.get(text.toLowerCase()),
  paths: items,
  endpoints: items,
  places: items,
  origins: items,
  bounds: (text) => items(text).map((item) => decimal(item) ?? item),
  budgets: json,
  objectives: json,
  self_hosted: json,
  spokes: json,
  series_definitions: json,
  collector_jobs: json,
  completions: json,
  plugins: json,
  health_checks: json,
  alert_rules: json,
  inhibitions: json,
  maintenance: json,
  channels: json,
  routes: json,
};

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decimal(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

function items(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}
