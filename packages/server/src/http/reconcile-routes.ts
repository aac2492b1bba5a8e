/** `POST /api/v1/reconciliations`: a provider's bill held against the ledger. */

import { Readable } from 'node:stream';
import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ledger } from '../ledger/ledger.ts';
import { type Bill, BillError } from '../reconcile/bill.ts';
import { BILL_BYTES_MAX, billFromJson, billSchema } from '../reconcile/bill-json.ts';
import { readBill } from '../reconcile/read-bill.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { errorSchema } from './error-body.ts';
import { readJsonBody } from './json-body.ts';
import { ask } from './ledger-question.ts';

/** How long the answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 10_000;

/** Adds the route. It changes nothing. */
export function reconcileRoutes(ledger: Ledger) {
  return (server: FastifyInstance): void => {
    server.post(
      '/api/v1/reconciliations',
      {
        schema: {
          summary: 'Hold a bill against the ledger',
          description:
            'The body is the bill as CSV, or its lines summed, as `bellwether reconcile` sends them.',
          consumes: ['application/json', 'text/csv'],
          body: billSchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
        bodyLimit: BILL_BYTES_MAX,
        validatorCompiler: () => () => true,
      },
      async (request) => {
        const bill = await readBody(request);
        return ask(ledger, async () => {
          await ledger.settle(SETTLE_MS);
          return reconcile(ledger.connection, bill);
        });
      },
    );
  };
}

async function readBody(request: FastifyRequest): Promise<Bill> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('text/csv')) return billFromJson(readJsonBody(request, billSchema));
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    return await readBill([{ name: 'the body', bytes: Readable.from([bytes]) }]);
  } catch (error) {
    if (error instanceof BillError)
      throw new BellwetherError('invalid_parameter', `${error.message}.`, {}, { cause: error });
    throw error;
  }
}
