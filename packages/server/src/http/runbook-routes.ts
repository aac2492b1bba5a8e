/**
 * `GET /runbooks/NAME`: the runbook of an alert as Markdown, where the annotation
 * `runbook_url` of the generated rules leads. They are the pages of docs/runbooks.
 */

import { BellwetherError } from '@bellwether/events';
import { alertNamed, runbookIndex, runbookPage } from '@bellwether/monitoring';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Adds the routes. */
export function runbookRoutes(server: FastifyInstance): void {
  const markdown = (reply: FastifyReply, text: string): FastifyReply =>
    reply.type('text/markdown; charset=utf-8').send(text);

  server.get('/runbooks', { schema: { summary: 'All runbooks' } }, (_request, reply) =>
    // In the documentation the pages are files; here they are not.
    markdown(reply, runbookIndex().replaceAll(/\]\((\w+)\.md\)/g, '](/runbooks/$1)')),
  );
  server.get<{ Params: { name: string } }>(
    '/runbooks/:name',
    { schema: { summary: 'The runbook of an alert' } },
    ({ params }, reply) => {
      const alert = alertNamed(params.name);
      if (alert === undefined) throw new BellwetherError('not_found');
      return markdown(reply, runbookPage(alert));
    },
  );
}
