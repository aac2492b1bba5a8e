/**
 * The Azure LLM inference traces (Patel et al., "Splitwise", ISCA 2024): CSV with
 * the columns TIMESTAMP, ContextTokens and GeneratedTokens. Times are UTC, to a
 * tenth of a microsecond. The trace names no model, so its events say `unknown`
 * and have no price unless a model is given.
 */

import { parseRfc3339 } from '@bellwether/events';
import { columnsOf, readCount } from './csv.ts';
import type { LineFormat } from './line-trace.ts';
import { badRow } from './trace.ts';

export const azure: LineFormat = {
  reader: ({ provider = 'azure', model = 'unknown' }) => {
    let columns: readonly number[] | undefined;
    return (line, row) => {
      if (line === '') return null;
      if (columns === undefined) {
        columns = columnsOf(line, ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'], row);
        return null;
      }
      const [time = 0, context = 0, generated = 0] = columns;
      const cells = line.split(',');
      const timestamp = rfc3339Of(cells[time] ?? '');
      const instant = parseRfc3339(timestamp);
      if (instant === null) throw badRow(row, 'TIMESTAMP is not like 2023-11-16 18:17:03.9799600.');
      return {
        instant,
        event: {
          timestamp,
          provider,
          model,
          input_tokens: readCount(cells[context], 'ContextTokens', row),
          output_tokens: readCount(cells[generated], 'GeneratedTokens', row),
        },
      };
    };
  },
};

/** The later traces write a zone offset, the first ones none. */
function rfc3339Of(cell: string): string {
  const text = cell.replace(' ', 'T');
  return /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
}
