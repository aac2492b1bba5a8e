/** `GET /docs`: the documentation of this version, with search. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Manual, manualFolder, manualStyle } from '../manual/index.ts';

/** Adds the routes. They answer 404 where the installation has no documentation. */
export function manualRoutes(server: FastifyInstance): void {
  let opened: Manual | undefined;
  const manual = (): Manual => {
    if (opened === undefined) {
      const folder = manualFolder();
      if (folder === null) throw new BellwetherError('not_found');
      opened = new Manual(folder);
    }
    return opened;
  };
  const html = (reply: FastifyReply, text: string): FastifyReply =>
    reply.type('text/html; charset=utf-8').send(text);
  const page = (reply: FastifyReply, path: string): FastifyReply => {
    const found = manual().page(path);
    if (found === null) throw new BellwetherError('not_found');
    return html(reply, found);
  };

  server.get('/docs', { schema: { summary: 'The documentation' } }, (_request, reply) => page(reply, ''));
  server.get('/docs/style.css', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(manualStyle),
  );
  server.get<{ Querystring: { q?: string } }>(
    '/docs/search',
    {
      schema: {
        summary: 'Search in the documentation',
        querystring: { type: 'object', properties: { q: { type: 'string', maxLength: 200 } } },
      },
    },
    ({ query }, reply) => html(reply, manual().search(query.q ?? '')),
  );
  server.get<{ Params: { '*': string } }>('/docs/*', { schema: { hide: true } }, ({ params }, reply) =>
    page(reply, params['*'].replace(/\/$/, '')),
  );
}
