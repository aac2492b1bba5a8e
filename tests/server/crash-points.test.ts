/**
 * The server dies at each named point of an event's way. After each death it starts
 * again, gets everything once more, and journal, ledger, rollups, counters and money are
 * held against what was sent. One data directory goes through all deaths.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CrashChoice, pointsOfRollups, pointsUnderLoad } from '../torture/crash-points.ts';
import { childrenOf, loadToTheEnd, sendAllAgain } from '../torture/round.ts';
import { type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

/** Where a point is not reached within this time, the server is stopped, and the test fails. */
const DEATH_MS_MAX = 60_000;
const LOAD_MS = 10;
const BATCHES = 40;
const directory = temporaryDirectory();
const choice = new CrashChoice(directory.path);
const sent = { batches: 0, stored: 0 };
const sound = { lost: 0, doubled: 0, partial: 0, costDifference: 0n, differences: [] };
let server: RunningServer;

const start = () => startServer(join(directory.path, 'data'), { environment: choice.environment });

beforeAll(async () => {
  server = await start();
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

/** Waits until a server has died of itself, and its engine with it. */
async function died({ process: child }: RunningServer, children: readonly number[]): Promise<void> {
  const late = setTimeout(() => child.kill('SIGTERM'), DEATH_MS_MAX);
  if (child.exitCode === null && child.signalCode === null)
    await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  clearTimeout(late);
  expect(child.signalCode).toBe('SIGKILL');
  while (children.some((pid) => existsSync(`/proc/${pid}`))) await pause(5);
}

it.each(Object.keys(pointsUnderLoad))('%s: nothing is lost or doubled', async (point) => {
  const end = async (dying: RunningServer): Promise<void> => {
    const children = childrenOf(dying.process.pid);
    choice.choose(point);
    await died(dying, children).finally(() => choice.none());
  };
  const acknowledged = await loadToTheEnd(server, sent, { afterMs: LOAD_MS, end }, BATCHES);
  server = await start();
  expect(await sendAllAgain(server, sent, acknowledged)).toMatchObject(sound);
});

it.each(Object.keys(pointsOfRollups))('%s: the rollups have every row once', async (point) => {
  // There is something to compute at the next start: rows that came after the last one.
  sent.batches += 1;
  expect(await sendAllAgain(server, sent, new Set())).toMatchObject(sound);
  await server.stop();
  choice.choose(point);
  // It may die before it says where it answers.
  await start()
    .then(
      (dying) => died(dying, childrenOf(dying.process.pid)),
      (error: unknown) => expect(String(error)).toContain('the server ended with null'),
    )
    .finally(() => choice.none());
  server = await start();
  expect(await sendAllAgain(server, sent, new Set())).toMatchObject(sound);
});
