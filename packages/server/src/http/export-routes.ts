/** `GET /api/v1/export/…`: rows of the ledger as files, and what is known of an export. */

import { Readable } from 'node:stream';
import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../clock.ts';
import { type Exporter, readExportId } from '../export/exporter.ts';
import {
  contentTypeOf,
  type ExportRequest,
  exportFormats,
  exportKinds,
  fileNameOf,
  readWord,
} from '../export/request.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

interface ExportQuery {
  readonly format?: string;
  readonly from?: string;
  readonly to?: string;
  readonly backend?: string;
  readonly array?: string;
}

interface ExportRoute {
  readonly Params: { readonly kind: string };
  readonly Querystring: ExportQuery;
}

const querySchema = Type.Object(
  {
    format: Type.Optional(Type.Enum([...exportFormats], { description: 'csv if absent.' })),
    from: Type.Optional(Type.String({ description: 'Date or RFC 3339; included.' })),
    to: Type.Optional(Type.String({ description: 'Date or RFC 3339; excluded.' })),
    backend: Type.Optional(Type.String({ description: 'Only events of this backend.' })),
    array: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'JSON as one array instead of one object a line.' }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function exportRoutes(ledger: Ledger, clock: Clock, exporter: Exporter) {
  return (server: FastifyInstance): void => {
    server.get<ExportRoute>(
      '/api/v1/export/:kind',
      {
        schema: {
          summary: 'Rows of the ledger as a file',
          description:
            'The answer is streamed. Its headers name the export; /api/v1/exports/{id} says what it was of once it is complete.',
          params: Type.Object({ kind: Type.String({ description: exportKinds.join(', ') }) }),
          querystring: querySchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const wanted = readRequest(request, clock.nowMs());
        const open = await ask(ledger, () => exporter.open(wanted, request.principal.name));
        reply.raw.once('close', open.abandon);
        return reply
          .header('content-type', contentTypeOf(wanted))
          .header('content-disposition', `attachment; filename="${fileNameOf(wanted)}"`)
          .header('x-bellwether-export-id', open.id)
          .header('x-bellwether-export-events', String(open.events))
          .send(Readable.from(open.bytes, { objectMode: false }));
      },
    );
    server.get<{ Params: { id: string } }>(
      '/api/v1/exports/:id',
      {
        schema: {
          summary: 'What an export was of: query, rows, hash, prices',
          params: Type.Object({ id: Type.String() }),
        },
      },
      (request) => {
        const state = exporter.state(readExportId(request.params.id));
        const { tenant } = request.principal;
        if (state === undefined || (tenant !== null && state.tenant !== tenant))
          throw new BellwetherError('not_found', 'There is no export of that id, or it is long past.');
        return state;
      },
    );
  };
}

function readRequest(
  { params, query, principal }: FastifyRequest<ExportRoute>,
  nowMs: number,
): ExportRequest {
  const { kind } = params;
  return {
    kind: readWord(exportKinds, kind, 'kind'),
    format: readWord(exportFormats, query.format ?? 'csv', 'format'),
    range: { ...readTimeRange({ from: query.from, to: query.to }, nowMs), tenant: principal.tenant },
    backend: query.backend ?? null,
    array: query.array === 'true',
  };
}
