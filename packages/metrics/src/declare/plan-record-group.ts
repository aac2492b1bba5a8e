/** From the declaration of a record group to what the compiler and the look-up need, checked. */
import { MetricsError } from '../errors.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { Summary } from '../instruments/summary.ts';
import { labelText } from '../series/label-values.ts';
import type { Series } from '../series/series.ts';
import type { Arena } from '../storage/arena.ts';
import type { CompiledUpdate, MeasureRule, SlotAction } from './compile-record-group.ts';
import type { RecordDeclaration, RecordUpdate } from './record-types.ts';

/** Any instrument; a group looks only at the slots of its series. */
export type AnyInstrument = Instrument<string, Series<never>>;

/** Where a label of a metric comes from: a label of the group, or the declaration. */
export type LabelSource = { readonly label: number } | { readonly fixed: string };

/** One update, planned. */
export interface PlannedUpdate extends CompiledUpdate {
  readonly metric: AnyInstrument;
  readonly sources: readonly LabelSource[];
}

/** A group, planned. */
export interface GroupPlan {
  readonly labels: readonly string[];
  readonly optionalLabels: ReadonlySet<string>;
  readonly updates: readonly PlannedUpdate[];
  readonly rules: ReadonlyMap<string, { readonly rule: MeasureRule; readonly optional: boolean }>;
  /** The arena that all metrics share, if they do. */
  readonly arena: Arena | undefined;
}

const STRICTNESS: readonly MeasureRule[] = ['number', 'finite', 'counted'];

/** Plans a group. Throws RECORD_INVALID for a declaration that cannot work. */
export function planGroup(declaration: RecordDeclaration): GroupPlan {
  const { name, optionalLabels = [] } = declaration;
  const labels = [...declaration.labels, ...optionalLabels];
  if (new Set(labels).size !== labels.length)
    throw invalid(name, `a label is named twice in ${labels.join(', ')}`);
  const updates = declaration.updates.map((update) =>
    planUpdate(name, update, labels, declaration.labels.length),
  );
  const rules = new Map<string, { rule: MeasureRule; optional: boolean }>();
  for (const update of updates) {
    for (const measure of update.measures) {
      if (labels.includes(measure)) throw invalid(name, `${measure} is both a label and a measure`);
      const known = rules.get(measure) ?? { rule: 'number', optional: true };
      const rule = ruleOf(update);
      rules.set(measure, {
        rule: STRICTNESS.indexOf(rule) > STRICTNESS.indexOf(known.rule) ? rule : known.rule,
        optional: known.optional && update.optional,
      });
    }
  }
  const arenas = new Set(updates.map(({ metric }) => metric.arena));
  const arena = arenas.size === 1 ? updates[0]?.metric.arena : undefined;
  return { labels, optionalLabels: new Set(optionalLabels), updates, rules, arena };
}

/** `labels` are the required ones, of which there are `required`, and then the optional ones. */
function planUpdate(
  group: string,
  update: RecordUpdate,
  labels: readonly string[],
  required: number,
): PlannedUpdate {
  const metric = update.metric as unknown as AnyInstrument;
  const { dividedBy = 1, optional = false } = update;
  if (typeof dividedBy !== 'number' || !(dividedBy > 0 && dividedBy < Infinity))
    throw invalid(group, `dividedBy must be positive, not ${dividedBy}`);
  const added = 'add' in update ? update.add : 'set' in update ? update.set : update.observe;
  const measures = typeof added === 'number' ? [] : typeof added === 'string' ? [added] : added;
  const constant = typeof added === 'number' ? added : 0;
  if (!(constant >= 0 && constant < Infinity))
    throw invalid(group, `${metric.name} cannot be added ${constant} to`);
  if (typeof added !== 'number' && measures.length === 0)
    throw invalid(group, `${metric.name} is added nothing to`);
  const known = Object.entries(update.with ?? {});
  const sources = metric.labelNames.map((label): LabelSource => {
    const fixed = known.find(([name]) => name === label);
    if (fixed !== undefined) return { fixed: labelText(metric, label, fixed[1]) ?? '' };
    const index = labels.indexOf(label);
    if (index < 0) throw invalid(group, `nothing gives the label ${label} of ${metric.name}`);
    return { label: index };
  });
  const stranger = known.find(([name]) => !metric.labelNames.includes(name));
  if (stranger !== undefined) throw invalid(group, `${metric.name} has no label ${stranger[0]}`);
  const { action, method } = actionOf(group, metric, update);
  const bounds = metric instanceof Histogram ? metric.upperBounds : undefined;
  const mayLackLabels = sources.some((source) => 'label' in source && source.label >= required);
  return { action, method, measures, constant, dividedBy, optional, bounds, mayLackLabels, metric, sources };
}

function actionOf(
  group: string,
  metric: unknown,
  update: RecordUpdate,
): { action: SlotAction; method: CompiledUpdate['method'] } {
  if ('add' in update && metric instanceof Counter) return { action: 'add', method: 'inc' };
  if (metric instanceof Gauge && 'add' in update)
    return { action: metric.timed ? 'call' : 'addMarked', method: 'inc' };
  if (metric instanceof Gauge && 'set' in update)
    return { action: metric.timed ? 'call' : 'setMarked', method: 'set' };
  if ('observe' in update && metric instanceof Histogram) {
    return { action: metric.isNative ? 'call' : 'observe', method: 'observe' };
  }
  if ('observe' in update && metric instanceof Summary) return { action: 'call', method: 'observe' };
  throw invalid(group, `${String((metric as { name?: unknown }).name)} cannot be updated in that way`);
}

function ruleOf(update: PlannedUpdate): MeasureRule {
  if (update.method === 'set') return 'number';
  return update.metric instanceof Counter ? 'counted' : 'finite';
}

function invalid(name: string, detail: string): MetricsError {
  return new MetricsError('RECORD_INVALID', { name, detail });
}
