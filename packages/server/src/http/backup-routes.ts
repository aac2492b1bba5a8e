/** `/api/v1/backups`: backups that are there, a new one, and a check of one. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { OnProgress } from '../backup/progress.ts';
import type { BackupSummary } from '../backup/repository.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { errorSchema } from './error-body.ts';
import { readJsonBody, requireJson } from './json-body.ts';
import { ask } from './ledger-question.ts';
import { answerLong } from './long-answer.ts';

/** What the routes ask for. */
export interface BackupWork {
  create(directory: string | undefined, onProgress: OnProgress, actor: string): Promise<unknown>;
  list(directory: string | undefined): Promise<readonly BackupSummary[]>;
  verify(directory: string | undefined, id: string | undefined, onProgress: OnProgress): Promise<unknown>;
}

const directory = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 4096,
    pattern: '^[^\\0]*$',
    description: 'Absolute path on the machine of the server; `backup.directory` if it is absent.',
  }),
);
const createSchema = Type.Object({ directory }, { additionalProperties: false });
const verifySchema = Type.Object(
  {
    directory,
    id: Type.Optional(Type.String({ maxLength: 64, description: 'The newest if it is absent.' })),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function backupRoutes(backups: BackupWork, ledger: Ledger) {
  return (server: FastifyInstance): void => {
    const responses = { '4xx': errorSchema, '5xx': errorSchema };
    const described = {
      description: 'Takes a JSON object. Answers NDJSON: progress, and at the end a result or an error.',
      consumes: ['application/json'],
      response: responses,
    };
    // Bodies are described for readers of the API, and held against the schema by hand.
    const validatorCompiler = () => () => true;
    server.get(
      '/api/v1/backups',
      { schema: { summary: 'The backups of the configured directory', response: responses } },
      async () => ({ backups: await backups.list(undefined) }),
    );
    server.post(
      '/api/v1/backups',
      { schema: { summary: 'Make a backup', ...described, body: createSchema }, validatorCompiler },
      async (request, reply) => {
        requireJson(request);
        const body = readJsonBody(request, createSchema);
        await ask(ledger, async () => undefined);
        return answerLong(reply, (tell) => backups.create(body.directory, tell, request.principal.name));
      },
    );
    server.post(
      '/api/v1/backups/verify',
      {
        schema: { summary: 'Check every file of a backup', ...described, body: verifySchema },
        validatorCompiler,
      },
      async (request, reply) => {
        requireJson(request);
        const body = readJsonBody(request, verifySchema);
        return answerLong(reply, (tell) => backups.verify(body.directory, body.id, tell));
      },
    );
  };
}
