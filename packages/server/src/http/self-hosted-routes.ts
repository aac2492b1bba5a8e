/** `GET /api/v1/self-hosted`: what the machines of self-hosted models cost, and whose share that is. */

import { BellwetherError, epochMsOf } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  type AllocationDimension,
  allocationDimensions,
  readAllocations,
} from '../allocations/allocation-store.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

interface Query {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly by?: string;
}

const names = Object.keys(allocationDimensions);

/** Adds the route. */
export function selfHostedRoutes(ledger: Ledger, clock: Clock) {
  return (server: FastifyInstance): void => {
    const querystring = Type.Object(
      {
        ...periodParameters(),
        by: Type.Optional(Type.String({ description: `Separated by commas: ${names.join(', ')}.` })),
      },
      { additionalProperties: false },
    );
    server.get<{ Querystring: Query }>(
      '/api/v1/self-hosted',
      {
        schema: {
          summary: 'What the machines of self-hosted models cost',
          querystring,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async ({ query }) => {
        const { by = 'pool', ...text } = query;
        const { from, to } = readTimeRange(text, clock.nowMs());
        const range = {
          fromMs: from === null ? 0 : epochMsOf(from),
          toMs: to === null ? clock.nowMs() : epochMsOf(to),
        };
        const dimensions = readDimensions(by);
        return ask(ledger, async () => {
          const [total] = (await readAllocations(ledger.connection, range, [])).rows;
          const { rows, truncated } = await readAllocations(ledger.connection, range, dimensions);
          const { key: _none, ...figures } = total ?? { key: {} };
          return { by: dimensions, rows, total: figures, truncated };
        });
      },
    );
  };
}

function readDimensions(list: string): AllocationDimension[] {
  const wanted = [...new Set(list.split(',').map((name) => name.trim()))].filter(Boolean);
  for (const name of wanted) {
    if (!Object.hasOwn(allocationDimensions, name))
      throw new BellwetherError('invalid_parameter', `by can be ${names.join(', ')}.`, { field: 'by' });
  }
  return wanted as AllocationDimension[];
}
