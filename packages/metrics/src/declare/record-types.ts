/**
 * The types of record groups: what a declaration must look like, and which labels
 * and measures the recorded objects must have.
 */
import type { MetricType } from '../family.ts';
import type { ExemplarLabels } from '../instruments/configuration.ts';
import type { LabelValue } from '../series/label-values.ts';

/** What a group needs to know of a metric: the recorders of `defineMetrics`, and instruments, have it. */
export interface Updatable<K extends MetricType> {
  readonly name: string;
  readonly type: K;
  readonly labelNames: readonly string[];
}

/** What the updates of a group have in common. */
interface UpdateOptions {
  /** Labels of the metric that are the same in every record, e.g. `{ token_type: 'input' }`. */
  readonly with?: Readonly<Record<string, LabelValue>>;
  /** Measures are divided by this first, e.g. 1000 where they come in milliseconds. */
  readonly dividedBy?: number;
  /** Leaves the update out of records that lack its measure, instead of refusing them. */
  readonly optional?: true;
}

/** Adds a constant, a measure or the sum of several to a counter or gauge. */
export interface AddUpdate extends UpdateOptions {
  readonly metric: Updatable<'counter' | 'gauge'>;
  readonly add: number | string | readonly string[];
}

/** Sets a gauge to a measure. */
export interface SetUpdate extends UpdateOptions {
  readonly metric: Updatable<'gauge'>;
  readonly set: string;
}

/** Observes a measure in a histogram or summary. */
export interface ObserveUpdate extends UpdateOptions {
  readonly metric: Updatable<'histogram' | 'summary'>;
  readonly observe: string;
}

/** One update of a group. */
export type RecordUpdate = AddUpdate | SetUpdate | ObserveUpdate;

/** The metrics that one logical record updates together. */
export interface RecordDeclaration {
  /** What errors call the group. */
  readonly name: string;
  /** The labels that every record has: those of the metrics, each once. */
  readonly labels: readonly string[];
  /** Labels that a record may lack; the metrics that have them are then left out. */
  readonly optionalLabels?: readonly string[];
  readonly updates: readonly RecordUpdate[];
}

type MetricLabels<U> = U extends { readonly metric: { readonly labelNames: readonly (infer L)[] } }
  ? L
  : never;
type FixedLabels<U> = U extends { readonly with: infer W } ? keyof W : never;
type OptionalLabelsOf<D> = D extends { readonly optionalLabels: readonly (infer L)[] } ? L : never;
type RequiredLabelsOf<D> = D extends { readonly labels: readonly (infer L)[] } ? L : never;

/** The measures that an update reads. */
type MeasuresOf<U> = U extends { readonly add: infer A }
  ? A extends readonly (infer M)[]
    ? Extract<M, string>
    : Extract<A, string>
  : U extends { readonly observe: infer M }
    ? Extract<M, string>
    : U extends { readonly set: infer M }
      ? Extract<M, string>
      : never;

type UpdatesOf<D> = D extends { readonly updates: readonly (infer U)[] } ? U : never;
type Compulsory<U> = U extends { readonly optional: true } ? never : U;
type RequiredMeasures<D> = MeasuresOf<Compulsory<UpdatesOf<D>>>;
type OptionalMeasures<D> = Exclude<MeasuresOf<UpdatesOf<D>>, RequiredMeasures<D>>;

/** The labels of a record. */
export type RecordLabels<D> = Readonly<Record<Extract<RequiredLabelsOf<D>, string>, LabelValue>> & {
  readonly [L in Extract<OptionalLabelsOf<D>, string>]?: LabelValue | undefined;
};

/** The measures of a record. */
export type RecordMeasures<D> = Readonly<Record<RequiredMeasures<D>, number>> & {
  readonly [M in OptionalMeasures<D>]?: number | undefined;
};

/** Does not match an update whose metric has a label that no record gives. */
export type Checked<D> = {
  readonly updates: D extends { readonly updates: infer Updates }
    ? {
        readonly [I in keyof Updates]: Exclude<
          MetricLabels<Updates[I]>,
          RequiredLabelsOf<D> | OptionalLabelsOf<D> | FixedLabels<Updates[I]>
        > extends never
          ? unknown
          : {
              readonly missingLabels: Exclude<
                MetricLabels<Updates[I]>,
                RequiredLabelsOf<D> | FixedLabels<Updates[I]>
              >;
            };
      }
    : never;
};

/** A record whose labels were found beforehand. */
export interface BoundRecord<D> {
  /** Updates all metrics, or none if the record is refused. */
  record(measures: RecordMeasures<D>, exemplarLabels?: ExemplarLabels): void;
}

/** Records whole objects. */
export interface RecordGroup<D> {
  /** Updates all metrics, or none if the record is refused. Further properties are ignored. */
  readonly record: (record: RecordLabels<D> & RecordMeasures<D>, exemplarLabels?: ExemplarLabels) => void;
  /** Finds the series of a label set once. */
  bind(labels: RecordLabels<D>): BoundRecord<D>;
  /** How many records were refused. */
  readonly refused: number;
}
