/** `/api/v1/config` and `/-/reload`: the configuration in effect, and taking another one. */

import type { FastifyInstance } from 'fastify';
import {
  type ConfigKey,
  configJsonSchema,
  configKeys,
  describeConfig,
  type LiveConfig,
} from '../config/index.ts';
import { errorSchema } from './error-body.ts';

/** Adds the routes. */
export function configRoutes(live: LiveConfig, reload: (actor: string) => Promise<unknown>) {
  const responses = { '4xx': errorSchema, '5xx': errorSchema };
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/config',
      {
        schema: {
          summary: 'Every key of the configuration that was loaded last; secrets are replaced',
          response: responses,
        },
      },
      () => viewConfig(live),
    );
    server.get(
      '/api/v1/config/schema',
      { schema: { summary: 'The JSON Schema of configuration files', response: responses } },
      () => configJsonSchema(),
    );
    server.post(
      '/-/reload',
      {
        schema: {
          summary: 'Load the configuration again',
          description:
            'If anything is wrong with it, nothing changes and the answer is 422 with every fault.',
          response: responses,
        },
        bodyLimit: 1024,
      },
      (request) => reload(request.principal.name),
    );
  };
}

function viewConfig(live: LiveConfig) {
  const waiting = new Set<ConfigKey>(live.awaitingRestart());
  return {
    file: live.loaded.file,
    preset: live.loaded.config.preset.name,
    keys: describeConfig(live.loaded).map(({ key, value, source, isDefault }) => ({
      key,
      value,
      source,
      is_default: isDefault,
      effect: configKeys.get(key)?.live === true ? 'live' : 'restart',
      awaits_restart: waiting.has(key),
    })),
  };
}
