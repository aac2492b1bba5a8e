import fastify from 'fastify';
import { expect, it } from 'vitest';
import type { Ledger } from '../ledger/ledger.ts';
import { askSettled } from './ledger-question.ts';

it.each([
  ['has all', true, undefined],
  ['is behind', false, 'true'],
])('an answer says whether the ledger %s', async (_what, settled, header) => {
  // Only what a question asks of the ledger before it is put.
  const ledger = {
    readyWithin: () => Promise.resolve(true),
    settle: () => Promise.resolve(settled),
  } as unknown as Ledger;
  const server = fastify();
  server.get('/', (_request, reply) => askSettled(ledger, reply, () => Promise.resolve({ requests: 3 })));
  const { headers, body } = await server.inject('/');
  expect([headers['x-bellwether-ledger-behind'], body]).toEqual([header, '{"requests":3}']);
  await server.close();
});
