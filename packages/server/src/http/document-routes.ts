/** `GET /api/v1/reports/KIND`: a report as JSON, as text or as a page of its own. */

import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import { documentKinds } from '../documents/document.ts';
import { documentText } from '../documents/document-text.ts';
import { documentHtml } from '../documents/html/document-html.ts';
import { strictHtml } from '../documents/html/strict-html.ts';
import { type DocumentSources, readDocument, readKind } from '../documents/read-document.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { dimensionNames } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

const querySchema = Type.Object(
  {
    ...periodParameters(),
    by: Type.Optional(
      Type.String({ description: `Dimensions, separated by commas: ${dimensionNames.join(', ')}.` }),
    ),
    format: Type.Optional(Type.Enum(['json', 'text', 'html'], { description: 'json if absent.' })),
  },
  { additionalProperties: false },
);

/** What the routes are made from. */
export interface DocumentRouteParts {
  readonly sources: DocumentSources;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Where people reach the server; empty if nobody says, and then the address of the request is taken. */
  readonly externalUrl: () => string;
}

/** Adds the route. */
export function documentRoutes({ sources, ledger, clock, externalUrl }: DocumentRouteParts) {
  return (server: FastifyInstance): void => {
    server.get<{ Params: { kind: string }; Querystring: Static<typeof querySchema> }>(
      '/api/v1/reports/:kind',
      {
        schema: {
          summary: `A report with what happened, why, and what next: ${documentKinds.join(', ')}`,
          querystring: querySchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const { format = 'json', by, ...text } = request.query;
        const kind = readKind(request.params.kind);
        const nowMs = clock.nowMs();
        const range = { ...readTimeRange(text, nowMs), tenant: request.principal.tenant };
        const report = await askSettled(ledger, reply, () =>
          readDocument(sources, { kind, range, by, nowMs }),
        );
        if (format === 'text')
          return reply.type('text/plain; charset=utf-8').send(documentText(report.document));
        if (format === 'json') return report;
        const base = externalUrl() || `${request.protocol}://${request.host}`;
        const { html, policy } = strictHtml(documentHtml(report.document, base));
        return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html);
      },
    );
  };
}
