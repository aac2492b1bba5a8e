/**
 * `GET /api/v1/sd/prometheus`: the applications that Prometheus is to scrape, in the
 * form of its HTTP service discovery.
 * https://prometheus.io/docs/prometheus/latest/http_sd/
 */

import type { FastifyInstance } from 'fastify';
import { errorSchema } from './error-body.ts';

/** Targets with the same labels. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Adds the route. */
export function discoveryRoutes(applications: readonly string[]) {
  const groups = targetGroups(applications);
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/sd/prometheus',
      {
        schema: {
          summary: 'What Prometheus is to scrape, for its HTTP service discovery',
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      () => groups,
    );
  };
}

/** One group for each scheme and path, in the order in which they come. @param applications URLs. */
export function targetGroups(applications: readonly string[]): TargetGroup[] {
  const groups = new Map<string, { targets: string[]; labels: Record<string, string> }>();
  for (const application of applications) {
    const { protocol, host, hostname, port, pathname } = new URL(application);
    const scheme = protocol.slice(0, -1);
    const path = pathname === '/' ? '/metrics' : pathname;
    const key = `${scheme} ${path}`;
    const group = groups.get(key) ?? {
      targets: [],
      labels: { __scheme__: scheme, __metrics_path__: path },
    };
    group.targets.push(port === '' ? `${hostname}:${scheme === 'https' ? 443 : 80}` : host);
    groups.set(key, group);
  }
  return [...groups.values()];
}
