/**
 * Refuses numbers in addresses that are larger than any number, such as `limit=1e999`.
 * The validator turns them into infinity, which none of its bounds is held against.
 */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';

/** Adds the rule to every route. */
export function addFiniteNumbers(server: FastifyInstance): void {
  server.addHook('preHandler', async ({ query }) => {
    for (const [field, value] of Object.entries(query ?? {})) {
      if (typeof value === 'number' && !Number.isFinite(value))
        throw new BellwetherError('invalid_parameter', `${field} must be a finite number.`, { field });
    }
  });
}
