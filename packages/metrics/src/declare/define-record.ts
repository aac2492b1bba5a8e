/**
 * Record groups: metrics that are updated together by one plain object, such as all
 * that is counted about one request. The series of all metrics are found at once,
 * by the labels of the group; each metric still has one series per label set of its
 * own, which the records that agree in those labels share.
 */
import { MetricsError } from '../errors.ts';
import { CounterSeries } from '../instruments/counter.ts';
import { HistogramSeries } from '../instruments/histogram-series.ts';
import type { ExemplarLabels } from '../instruments/configuration.ts';
import { LabelTree } from '../series/label-tree.ts';
import { type LabelTuple, labelText } from '../series/label-values.ts';
import {
  type CompiledGroup,
  compileRecordGroup,
  compileSlots,
  type GroupState,
  type RecordSlots,
} from './compile-record-group.ts';
import { type GroupPlan, type PlannedUpdate, planGroup } from './plan-record-group.ts';
import type { BoundRecord, Checked, RecordDeclaration, RecordGroup, RecordLabels } from './record-types.ts';

/** How a group is set up. */
export interface RecordOptions {
  /** Called with the reason when a record is refused, and nothing is thrown; without it, the reason is thrown. */
  readonly onRefused?: (error: MetricsError) => void;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Declares a record group. A label of a metric that no record gives does not
 * compile, nor does a record with a label or a measure missing. Throws
 * RECORD_INVALID for a declaration that cannot work.
 *
 * @example
 * const requests = defineRecord({
 *   name: 'request',
 *   labels: ['provider', 'model'],
 *   updates: [
 *     { metric: metrics.requests, add: 1 },
 *     { metric: metrics.latency, observe: 'latency_ms', dividedBy: 1000 },
 *   ],
 * });
 * requests.record({ provider: 'openai', model: 'm', latency_ms: 840 });
 */
export function defineRecord<const D extends RecordDeclaration>(
  declaration: D & Checked<D>,
  options: RecordOptions = {},
): RecordGroup<D> {
  return new Group<D>(declaration.name, planGroup(declaration), options);
}

class Group<D> implements RecordGroup<D> {
  readonly record: RecordGroup<D>['record'];
  refused = 0;
  readonly #name: string;
  readonly #plan: GroupPlan;
  readonly #onRefused: RecordOptions['onRefused'];
  readonly #tree: LabelTree<RecordSlots>;
  readonly #state: GroupState;
  readonly #compiled: CompiledGroup;
  readonly #makeSlots: (runs: readonly unknown[]) => RecordSlots;
  /** So many label sets are remembered; others are looked up metric by metric. */
  readonly #recordsMax: number;
  #kept: { readonly labelValues: LabelTuple; readonly slots: RecordSlots }[] = [];

  constructor(name: string, plan: GroupPlan, options: RecordOptions) {
    this.#name = name;
    this.#plan = plan;
    this.#onRefused = options.onRefused;
    this.#tree = new LabelTree(Math.max(1, plan.labels.length));
    this.#makeSlots = compileSlots(plan.updates.length);
    this.#recordsMax = Math.max(1, ...plan.updates.map(({ metric }) => metric.limits.seriesMax));
    this.#state = {
      epoch: 1,
      root: this.#tree.root,
      arena: plan.arena,
      bounds: plan.updates.map(({ bounds }) => bounds),
      resolve: (record) => this.#resolve(record as Fields),
      refuse: (record) => this.#refuse(this.#wrongMeasure(record as Fields)),
      caught: this.#onRefused === undefined ? undefined : (error) => this.#refuse(this.#unreadable(error)),
      exemplify: (slots, record, labels) =>
        this.#exemplify(slots, record as Fields, labels as ExemplarLabels),
    };
    for (const metric of new Set(plan.updates.map((update) => update.metric))) {
      metric.onRemoval(() => this.#state.epoch++);
    }
    this.#compiled = compileRecordGroup(
      plan.labels,
      plan.optionalLabels,
      plan.updates,
      plan.rules,
      this.#state,
    );
    this.record = this.#compiled.record;
  }

  bind(labels: RecordLabels<D>): BoundRecord<D> {
    // A copy, since the caller may go on to change the object.
    const own = Object.fromEntries(this.#plan.labels.map((label) => [label, (labels as Fields)[label]]));
    return this.#compiled.bind(own, this.#find(own));
  }

  #resolve(record: Fields): RecordSlots | undefined {
    try {
      return this.#find(record);
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      this.#refuse(error);
      return undefined;
    }
  }

  #refuse(error: MetricsError): void {
    this.refused++;
    if (this.#onRefused === undefined) throw error;
    this.#onRefused(error);
  }

  #find(record: Fields): RecordSlots {
    const { labels, optionalLabels } = this.#plan;
    const owner = { name: this.#name, labelNames: labels };
    const labelValues = labels.map((label) => {
      const text = labelText(owner, label, record[label]);
      if (text === undefined && !optionalLabels.has(label)) {
        throw new MetricsError('LABEL_MISSING', { name: this.#name, label });
      }
      return text ?? '';
    });
    // The one label set of a group without labels still needs a key.
    const key = labels.length === 0 ? [''] : labelValues;
    const known = this.#tree.get(key);
    const slots =
      known?.epoch === this.#state.epoch ? known : this.#remember(key, this.#slotsOf(labelValues));
    if (this.#tree.get(key) === slots) {
      this.#tree.alias(
        labels.map((label) => record[label]),
        key,
      );
    }
    return slots;
  }

  /** The slots of all metrics for a label set. */
  #slotsOf(labelValues: LabelTuple): RecordSlots {
    let slots: RecordSlots;
    let epoch: number;
    do {
      // Making room for a series may remove idle ones, even one that was just found.
      ({ epoch } = this.#state);
      slots = this.#makeSlots(this.#plan.updates.map((update) => this.#seriesOf(update, labelValues)));
      slots.epoch = epoch;
    } while (epoch !== this.#state.epoch);
    return slots;
  }

  /** The series of an update, or undefined if the label set lacks a label of the metric. */
  #seriesOf(update: PlannedUpdate, labelValues: LabelTuple): unknown {
    const own: string[] = [];
    for (const source of update.sources) {
      if ('fixed' in source) {
        own.push(source.fixed);
        continue;
      }
      const text = labelValues[source.label]!;
      if (text === '' && this.#plan.optionalLabels.has(this.#plan.labels[source.label]!)) return undefined;
      own.push(text);
    }
    return update.metric.resolve(own);
  }

  #remember(key: LabelTuple, slots: RecordSlots): RecordSlots {
    if (this.#kept.length >= this.#recordsMax) this.#forgetOld();
    if (this.#kept.length < this.#recordsMax) {
      this.#tree.set(key, slots);
      this.#kept.push({ labelValues: key, slots });
    }
    return slots;
  }

  /** Forgets the label sets whose slots were found before the last removal of a series. */
  #forgetOld(): void {
    this.#kept = this.#kept.filter(({ labelValues, slots }) => {
      if (slots.epoch === this.#state.epoch) return true;
      if (this.#tree.get(labelValues) === slots) this.#tree.delete(labelValues);
      return false;
    });
  }

  #wrongMeasure(record: Fields | null | undefined): MetricsError {
    if (typeof record !== 'object' || record === null) {
      return new MetricsError('RECORD_REFUSED', {
        name: this.#name,
        detail: `a record is an object, not ${String(record)}`,
      });
    }
    for (const [measure, { rule, optional }] of this.#plan.rules) {
      const value = record[measure];
      if (optional && value === undefined) continue;
      const name = `${measure} of ${this.#name}`;
      if (typeof value !== 'number' || Number.isNaN(value))
        return new MetricsError('VALUE_INVALID', { name, value });
      if (rule === 'counted' && value < 0) return new MetricsError('COUNTER_DECREASE', { name, value });
      if (rule !== 'number' && !Number.isFinite(value))
        return new MetricsError('VALUE_INVALID', { name, value });
    }
    return new MetricsError('RECORD_REFUSED', {
      name: this.#name,
      detail: 'a measure changed while it was read',
    });
  }

  /** The reason for a record whose properties throw when they are read. */
  #unreadable(cause: unknown): MetricsError {
    const detail = 'it could not be read';
    return new MetricsError('RECORD_REFUSED', { name: this.#name, detail }, { cause });
  }

  #exemplify(slots: RecordSlots, record: Fields, labels: ExemplarLabels): void {
    try {
      this.#plan.updates.forEach((update, index) => {
        const series = slots[`series${index}`];
        const measures = update.measures.map((measure) => record[measure] as number | undefined);
        if (measures.includes(undefined)) return;
        const sum =
          measures.length === 0 ? update.constant : measures.reduce<number>((total, x) => total + x!, 0);
        if (series instanceof CounterSeries || series instanceof HistogramSeries) {
          series.noteExemplar(sum / update.dividedBy, labels);
        }
      });
    } catch (error) {
      if (!(error instanceof MetricsError)) throw error;
      this.#refuse(error);
    }
  }
}
