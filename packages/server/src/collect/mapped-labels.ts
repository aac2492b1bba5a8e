/** The labels that a series of an exporter has as one of ours. */

import type { FamilyDeclaration } from '@bellwether/events';
import type { Labels } from '../samples/sample.ts';
import type { Target } from './discovery.ts';
import type { ExporterTable, LabelRule, MappingRule } from './exporters/index.ts';

/** What the labels follow from besides those of the exporter. */
export interface LabelScope {
  readonly table: ExporterTable;
  readonly rule: MappingRule;
  readonly declaration: FamilyDeclaration;
  readonly target: Pick<Target, 'instance' | 'labels'>;
}

/** What a label is where nothing says it. */
const UNKNOWN = 'unknown';

/** Labels that the target gives to all its series and that have a place of their own here. */
const placed: ReadonlySet<string> = new Set(['backend', 'model']);

/** The labels, in the order of their names. */
export function mappedLabels({ table, rule, declaration, target }: LabelScope, scraped: Labels): Labels {
  const { none } = table;
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => scraped[name]).find((value) => value !== undefined && value !== '' && value !== none);
  const backend =
    first(rule.backend ?? []) ?? (rule.backend === undefined ? target.labels['backend'] : undefined);
  const model = first(table.model) ?? target.labels['model'] ?? UNKNOWN;
  const own: Record<string, string> = { backend: backend ?? target.instance };
  for (const name of declaration.labels ?? []) {
    if (name === 'model' || name === 'gen_ai_request_model') own[name] = model;
    else if (name === 'gen_ai_provider_name') own[name] = table.kind;
    else if (name === 'gen_ai_operation_name') own[name] = UNKNOWN;
  }
  for (const [name, from] of Object.entries(rule.labels ?? {})) own[name] = valueOf(from, first);
  for (const part of ['le', 'quantile'] as const) {
    const value = scraped[part];
    if (value !== undefined && declaration.type !== 'gauge' && declaration.type !== 'counter')
      own[part] = part === 'le' ? scaledBound(value, rule.scale) : value;
  }
  for (const [name, value] of Object.entries(target.labels))
    if (!placed.has(name) && !Object.hasOwn(own, name)) own[name] = value;
  const given = Object.entries(own).filter(([, value]) => value !== '');
  return Object.fromEntries(given.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valueOf(from: LabelRule, first: (names: readonly string[]) => string | undefined): string {
  if (typeof from === 'string') return from;
  const value = first(from.label);
  if (value === undefined) return from.otherwise;
  if (from.values === undefined) return value;
  return from.values[value] ?? from.values[`${value.charAt(0)}xx`] ?? from.otherwise;
}

/** The bound of a bucket in our unit, without the dust of binary fractions. */
function scaledBound(le: string, scale = 1): string {
  const bound = Number(le);
  return scale === 1 || !Number.isFinite(bound) ? le : String(Number((bound * scale).toPrecision(12)));
}
