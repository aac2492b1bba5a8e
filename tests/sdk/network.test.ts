/** The shipper of an application across a network that loses, cuts, doubles and delays. The long form is `npm run torture`. */

import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../server/running-server.ts';
import { shipThroughProxy } from '../torture/shipping.ts';

const EVENTS = 50_000;
const BATCH = 200;
const directory = temporaryDirectory();

afterAll(() => directory.remove());

it('delivers every event exactly once, whatever becomes of requests and answers', async () => {
  const { befallen, requests, duplicates, differences } = await shipThroughProxy(
    directory.path,
    EVENTS,
    BATCH,
  );
  expect(differences).toEqual([]);
  // The network was as bad as it was meant to be.
  expect(requests).toBeGreaterThan(EVENTS / BATCH);
  expect(Object.values(befallen).every((times) => times > 0)).toBe(true);
  expect(duplicates).toBeGreaterThan(0);
});
