/**
 * What a plugin is: the default export of a module, with families, a function that
 * gives their values, and health checks. Everything that it gives is checked here,
 * since it is somebody else's code.
 */

import type { FamilyDeclaration } from '@bellwether/events';
import type { CheckOutcome, HealthStatus } from '../../health/index.ts';
import { sampleBounds } from '../../samples/sample.ts';

/** What a plugin says of a family. */
export interface PluginFamily {
  /** Without the prefix. */
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
}

/** A value of a family. */
export interface PluginValue {
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a plugin has. */
export interface PluginShape {
  readonly families: readonly PluginFamily[];
  readonly checks: readonly { readonly name: string; readonly critical: boolean }[];
}

const FAMILIES_MAX = 100;
const LABELS_MAX = 10;
const CHECKS_MAX = 20;
const HELP_LENGTH_MAX = 300;
const statuses: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];

/** The names of the families of a plugin begin with this. */
export function prefixOf(id: string): string {
  return `plugin_${id.replaceAll('-', '_')}_`;
}

/** Reads what a module exports. @throws Error that says what is wrong. */
export function shapeOf(exported: unknown): PluginShape {
  const { families, checks, collect } = objectOf(exported, 'its default export');
  if (families !== undefined && typeof collect !== 'function')
    throw new Error('it has families and no function collect');
  const declared = listOf(families ?? [], 'families', FAMILIES_MAX).map(familyOf);
  const names = declared.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Error('it declares a family twice');
  const checked = listOf(checks ?? [], 'checks', CHECKS_MAX).map((one) => {
    const { name, critical = false, run } = objectOf(one, 'a check');
    if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,62}$/.test(name))
      throw new Error('a check has no name of lower-case letters, digits and _');
    if (typeof run !== 'function' || typeof critical !== 'boolean')
      throw new Error(`the check ${name} has no function run, or a critical that is no boolean`);
    return { name, critical };
  });
  if (new Set(checked.map(({ name }) => name)).size < checked.length)
    throw new Error('it declares a check twice');
  if (declared.length + checked.length === 0) throw new Error('it has neither families nor checks');
  return { families: declared, checks: checked };
}

function familyOf(raw: unknown): PluginFamily {
  const { name, type, help, labels = [] } = objectOf(raw, 'a family');
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,99}$/.test(name))
    throw new Error('a family has no name of lower-case letters, digits and _');
  if (type !== 'gauge' && type !== 'counter') throw new Error(`${name} is neither a gauge nor a counter`);
  if ((type === 'counter') !== name.endsWith('_total'))
    throw new Error(`${name}: the names of counters end with _total, and no others`);
  if (typeof help !== 'string' || help === '' || help.length > HELP_LENGTH_MAX)
    throw new Error(`${name} has no help of 1 to ${HELP_LENGTH_MAX} characters`);
  const labelled = listOf(labels, `the labels of ${name}`, LABELS_MAX).map((label) => {
    if (
      typeof label !== 'string' ||
      !/^[a-z][a-z0-9_]{0,62}$/.test(label) ||
      /^(job|instance|le|quantile)$/.test(label)
    )
      throw new Error(`${name} has a label that cannot be`);
    return label;
  });
  return { name, type, help, labels: labelled };
}

/** A family under its full name, for those who show it. */
export function declarationOf(id: string, { name, type, help, labels }: PluginFamily): FamilyDeclaration {
  return { name: prefixOf(id) + name, type, help, labels, pack: 'framework', recordedBy: ['exporter'] };
}

/** Checks what a run gave. @throws Error that says what is wrong. */
export function valuesOf(raw: unknown, { families }: PluginShape, valuesMax: number): PluginValue[] {
  const declared = new Map(families.map((family) => [family.name, family]));
  return listOf(raw, 'what collect gives', valuesMax).map((one) => {
    const { family, labels = {}, value } = objectOf(one, 'a value');
    const known = typeof family === 'string' ? declared.get(family) : undefined;
    if (known === undefined) throw new Error('a value is of a family that is not declared');
    if (typeof value !== 'number') throw new Error(`${known.name} has a value that is no number`);
    const given = Object.entries(objectOf(labels, `the labels of ${known.name}`));
    const read = given.map(([label, text]): [string, string] => {
      if (!known.labels.includes(label)) throw new Error(`${known.name} has a label that is not declared`);
      if (typeof text !== 'string' || text.length > sampleBounds.labelLengthMax)
        throw new Error(`${known.name} has a label that is no text of a permitted length`);
      return [label, text];
    });
    const kept = read.filter(([, text]) => text !== '').toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { family: known.name, labels: Object.fromEntries(kept), value };
  });
}

/** Checks what a health check gave. @throws Error that says what is wrong. */
export function outcomeOf(raw: unknown): CheckOutcome {
  const { status, message = '' } = objectOf(raw, 'what the check gives');
  const known = statuses.find((one) => one === status);
  if (known === undefined || typeof message !== 'string')
    throw new Error(`the check gave none of ${statuses.join(', ')}`);
  return { status: known, message };
}

function objectOf(raw: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new Error(`${what} is no object`);
  return raw as Readonly<Record<string, unknown>>;
}

function listOf(raw: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(raw)) throw new Error(`${what} is no list`);
  if (raw.length > max) throw new Error(`${what}: more than ${max}`);
  return raw;
}
