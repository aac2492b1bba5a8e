/** What a table says of an exporter: which of its families are which of ours. */

import type { ExporterKind } from '../../config/collector-items.ts';

/** Where the value of one of our labels comes from: it is fixed, or read from a label of the exporter. */
export type LabelRule =
  | string
  | {
      /** Labels of the exporter, of which the first that has a value counts. */
      readonly label: readonly string[];
      /** Its values in our words; `2xx` stands for all that begin with 2. Without it values are taken as they are. */
      readonly values?: Readonly<Record<string, string>>;
      /** For what `values` does not have, or what no label says. */
      readonly otherwise: string;
    };

/** One of our families, and where it comes from. Its type is that of the catalogue. */
export interface MappingRule {
  /** Names of the exporter, of which the first that it exposes counts: newer ones first. */
  readonly from: readonly string[];
  /** The name in the catalogue. */
  readonly to: string;
  /** What is multiplied to values, to the bounds of buckets and to quantiles, to bring them into our unit; 1 if absent. */
  readonly scale?: number;
  /** Only series with one of these values count; `''` is a label that is not there. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** Labels with numbers of processes that tell the same, such as ranks: of series that differ only in these the first counts. */
  readonly once?: readonly string[];
  /** Labels of ours beside `backend` and the model. */
  readonly labels?: Readonly<Record<string, LabelRule>>;
  /** Labels that say which backend it is; if absent, it is the target. */
  readonly backend?: readonly string[];
  /** Values of a gauge that are codes, and what they are with us. Others are left out. */
  readonly codes?: Readonly<Record<number, number>>;
  /** How several series of a gauge become one: by default their sum where the family's is, else the largest. */
  readonly merge?: 'sum' | 'max' | 'min';
}

/** The table of an exporter. */
export interface ExporterTable {
  readonly kind: ExporterKind;
  /** What the names were read from, and of which version. */
  readonly source: string;
  /** Labels with the name of the model, of which the first that has a value counts. */
  readonly model: readonly string[];
  /** A value of labels that means that there is none. */
  readonly none?: string;
  readonly rules: readonly MappingRule[];
}
