import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { addBrowserRules } from './browser-rules.ts';
import { manualRoutes } from './manual-routes.ts';

function serverWith(addRoutes: (server: FastifyInstance) => void): FastifyInstance {
  const server = fastify();
  addBrowserRules(server, { corsOrigins: () => [], secure: false });
  addRoutes(server);
  return server;
}

async function policyOf(server: FastifyInstance, url: string): Promise<unknown> {
  const { headers } = await server.inject(url);
  return headers['content-security-policy'];
}

describe('what browsers are told', () => {
  it('lets a page have the style of this server, which the documentation needs', async () => {
    const server = serverWith(manualRoutes);
    const page = await server.inject('/docs');
    expect(page.body).toContain('<link rel="stylesheet" href="/docs/style.css">');
    expect(await policyOf(server, '/docs')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';.* frame-ancestors 'none'$/,
    );
    expect((await server.inject('/docs/style.css')).statusCode).toBe(200);
    await server.close();
  });

  it('allows nothing to what is no page, and leaves a page its own rules', async () => {
    const own = "default-src 'none'; style-src 'sha256-x'";
    const server = serverWith((routes) => {
      routes.get('/data', () => ({ a: 1 }));
      routes.get('/strict', (_request, reply) =>
        reply.header('content-security-policy', own).type('text/html').send('<p>'),
      );
    });
    expect(await policyOf(server, '/data')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(await policyOf(server, '/strict')).toBe(own);
    await server.close();
  });
});
