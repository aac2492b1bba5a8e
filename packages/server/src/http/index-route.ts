/** `GET /`: what is here, for somebody who opens the address in a browser. */

import type { FastifyInstance } from 'fastify';
import { version } from '../version.ts';

const text = `Bellwether ${version}

POST /v1/events         events in
GET  /api/v1/costs      what requests cost: ?by=provider,model&hours=24
GET  /api/v1/verify     the ledger against the journal and the live counters
GET  /metrics           for Prometheus; /metrics/business for the business figures
GET  /docs              the documentation, with search
GET  /runbooks          what to do when an alert fires
GET  /health            every check; /livez and /readyz for machines
GET  /openapi.json      all of this, for programs
`;

/** Adds the route. */
export function indexRoute(server: FastifyInstance): void {
  server.get('/', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(text),
  );
}
