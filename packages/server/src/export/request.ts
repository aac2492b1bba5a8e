/**
 * What can be exported, in which formats, and how a caller asks for it. What is
 * sent is looked up in these lists and never put into a statement.
 */

import { BellwetherError, formatRfc3339, type Instant } from '@bellwether/events';
import type { TimeRange } from '../ledger/time-range.ts';

/** What can be exported. */
export const exportKinds = ['events', 'rollups', 'focus'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** The formats; `json` is one object a line. */
export const exportFormats = ['csv', 'json', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** One export. */
export interface ExportRequest {
  readonly kind: ExportKind;
  readonly format: ExportFormat;
  readonly range: TimeRange;
  /** Only events of this backend; null for all. The empty text stands for events without one. */
  readonly backend: string | null;
  /** JSON as one array instead of lines. */
  readonly array: boolean;
}

/** The content type of each format. */
export const contentTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** The content type of an export. */
export function contentTypeOf({ format, array }: ExportRequest): string {
  return format === 'json' && array ? 'application/json; charset=utf-8' : contentTypes[format];
}

/** A file name for an export that was not given one. */
export function fileNameOf({ kind, format, range, array }: ExportRequest): string {
  const day = (instant: Instant | null): string | null =>
    instant === null ? null : formatRfc3339(instant).slice(0, 10);
  const parts = [kind, day(range.from), day(range.to)].filter((part) => part !== null);
  const ending = format === 'json' && !array ? 'ndjson' : format;
  return `bellwether-${parts.join('-')}.${ending}`;
}

/**
 * Reads one of a list of words.
 *
 * @throws BellwetherError `invalid_parameter`, naming the field.
 */
export function readWord<Word extends string>(words: readonly Word[], text: string, field: string): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    throw new BellwetherError('invalid_parameter', `${field} must be one of ${words.join(', ')}.`, { field });
  return word;
}

/** The address of an export in the API. */
export function queryOf({ kind, format, range, backend, array }: ExportRequest): string {
  const query = new URLSearchParams({ format });
  if (range.from !== null) query.set('from', formatRfc3339(range.from));
  if (range.to !== null) query.set('to', formatRfc3339(range.to));
  if (backend !== null) query.set('backend', backend);
  if (array) query.set('array', 'true');
  return `/api/v1/export/${kind}?${query.toString()}`;
}
