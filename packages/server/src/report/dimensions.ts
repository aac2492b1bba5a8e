/**
 * The dimensions that figures can be grouped by, and the SQL each stands for. What
 * a caller sends is looked up here and never put into a statement.
 */

import { BellwetherError, declarationOf, type EventField, eventFieldNames } from '@bellwether/events';
import type { Key } from '../rollups/plan.ts';

const fields = eventFieldNames.filter(
  (name) => ['label', 'choice'].includes(declarationOf(name).kind) || name === 'user_id',
);

/** A dimension of time: the function that gives its beginning, how that is written, and the widest cells within one. */
interface TimeDimension {
  readonly start: string;
  readonly format: string;
  readonly widthMax: number;
}

const times: ReadonlyMap<string, TimeDimension> = new Map([
  ['hour', { start: 'toStartOfHour', format: '%Y-%m-%dT%H:00:00Z', widthMax: 3600 }],
  ['day', { start: 'toStartOfDay', format: '%Y-%m-%d', widthMax: 86_400 }],
  ['month', { start: 'toStartOfMonth', format: '%Y-%m', widthMax: 86_400 }],
]);

const expressions = new Map<string, string>([
  ...fields.map((name): [EventField, string] => [name, name]),
  ...[...times].map(([name, time]): [string, string] => [name, formatted('timestamp', time)]),
]);

/** The dimensions that charges have too, which are kept by the day. */
const ofCharges = new Map<string, string>([
  ...['tenant', 'provider', 'model', 'team', 'application'].map((name): [string, string] => [name, name]),
  ['day', "formatDateTime(toDateTime(day, 'UTC'), '%Y-%m-%d', 'UTC')"],
  ['month', "formatDateTime(toDateTime(day, 'UTC'), '%Y-%m', 'UTC')"],
]);

/** Dimensions of one question. */
const DIMENSIONS_MAX = 4;

/** The names that can be asked for. */
export const dimensionNames: readonly string[] = [...expressions.keys()];

/** A dimension of a question: its name and its SQL. */
export interface Dimension {
  readonly name: string;
  readonly sql: string;
  /** True for hour, day and month. */
  readonly isTime: boolean;
  /** The widest cells of rollups, in seconds, that have one value only. */
  readonly cellsWidthMax: number;
  /** The SQL over charges, which are kept longer than events; null where charges do not have the dimension. */
  readonly chargesSql: string | null;
}

/**
 * Reads a comma-separated list of dimensions.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown name and for too many.
 */
export function readDimensions(list: string): Dimension[] {
  const names = [
    ...new Set(
      list
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
  if (names.length > DIMENSIONS_MAX) {
    throw new BellwetherError('invalid_parameter', `At most ${DIMENSIONS_MAX} dimensions can be combined.`, {
      field: 'by',
    });
  }
  return names.map((name) => {
    const sql = expressions.get(name);
    if (sql === undefined) {
      throw new BellwetherError(
        'invalid_parameter',
        `There is no dimension of that name; there are ${dimensionNames.join(', ')}.`,
        {
          field: 'by',
        },
      );
    }
    return {
      name,
      sql,
      isTime: times.has(name),
      cellsWidthMax: times.get(name)?.widthMax ?? Number.POSITIVE_INFINITY,
      chargesSql: ofCharges.get(name) ?? null,
    };
  });
}

/** Dimensions as keys of a question for figures: `key_0`, `key_1`, …, each a text. Times become one once figures are added up. */
export function keysOf(by: readonly Dimension[]): Key[] {
  return by.map(({ name, sql, cellsWidthMax }, i) => {
    const time = times.get(name);
    return {
      alias: `key_${i}`,
      ofRows: time === undefined ? `toString(${sql})` : `${time.start}(timestamp)`,
      ofCells: time === undefined ? `toString(${sql})` : `${time.start}(at)`,
      widthMax: cellsWidthMax,
      ...(time === undefined ? {} : { shown: (start) => formatted(start, time) }),
    };
  });
}

function formatted(sql: string, { format }: TimeDimension): string {
  return `formatDateTime(${sql}, '${format}', 'UTC')`;
}
