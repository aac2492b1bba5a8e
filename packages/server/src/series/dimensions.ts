/** The dimensions that series are told apart and filtered by: the labels of an event, and its user. */

import { BellwetherError, declarationOf, eventFieldNames } from '@bellwether/events';
import type { Condition } from '../ledger/time-range.ts';
import type { SeriesFilter } from './series.ts';

/** The names that can be asked for; each is a column of the ledger. */
export const seriesDimensions: readonly string[] = eventFieldNames.filter(
  (name) => ['label', 'choice'].includes(declarationOf(name).kind) || name === 'user_id',
);

/** Dimensions of one question, filters of one question, and values of one filter. */
const BY_MAX = 4;
const FILTERS_MAX = 16;
const VALUES_MAX = 1000;

/**
 * The columns of dimensions, without repetition.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown name and for too many.
 */
export function columnsOf(by: readonly string[]): string[] {
  const names = [...new Set(by)];
  if (names.length > BY_MAX) throw wrong('by', `At most ${BY_MAX} dimensions can be combined.`);
  return names.map((name) => columnOf(name, 'by'));
}

/**
 * The condition that filters stand for.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown dimension and for too many filters or values.
 */
export function filterCondition(where: readonly SeriesFilter[]): Condition {
  if (where.length > FILTERS_MAX) throw wrong('where', `At most ${FILTERS_MAX} filters can be combined.`);
  const parameters: Record<string, string> = {};
  const parts = where.map(({ dimension, operator, values }, i) => {
    if (values.length > VALUES_MAX) throw wrong('where', `A filter has at most ${VALUES_MAX} values.`);
    parameters[`where_${i}`] = JSON.stringify(values);
    const list = `(SELECT arrayJoin(JSONExtract({where_${i}:String}, 'Array(String)')))`;
    return `${columnOf(dimension, 'where')} ${operator === '=' ? 'IN' : 'NOT IN'} ${list}`;
  });
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

/** What a caller sends is looked up here and never put into a statement. */
function columnOf(name: string, field: string): string {
  const column = seriesDimensions.find((candidate) => candidate === name);
  if (column !== undefined) return column;
  throw wrong(field, `There is no dimension of that name; there are ${seriesDimensions.join(', ')}.`);
}

function wrong(field: string, message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
