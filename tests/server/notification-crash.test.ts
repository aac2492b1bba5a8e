/** Kill -9 between the decision, the sending and its record: nothing is lost, and what comes twice says so. */

import { spawn } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Receiver, startReceiver } from './receiver.ts';
import { root, temporaryDirectory } from './running-server.ts';

const KILLS = 50;
const directory = temporaryDirectory();
const script = join(root, 'tests/server/alerting-process.ts');
let receiver: Receiver | undefined;

afterAll(async () => {
  await receiver?.close();
  directory.remove();
});

interface Body {
  readonly data: { readonly alerts: readonly { readonly id: string; readonly news: readonly string[] }[] };
}

/** Runs the process until it ends, or is killed after so many deliveries. */
async function run(
  mood: 'wild' | 'calm',
  heard: (kill: () => void) => void = () => undefined,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--disable-warning=ExperimentalWarning',
      script,
      directory.path,
      receiver?.url ?? '',
      mood,
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(directory.path, 'compiled') },
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  heard(() => child.kill('SIGKILL'));
  const code = await ended;
  // A process that was killed has no code.
  if (code !== (mood === 'calm' ? 0 : null)) throw new Error(said);
}

it('delivers each firing and each resolve through 50 kills, with at most one extra per kill and the same key', async () => {
  let kill: (() => void) | null = null;
  let countdown = 0;
  receiver = await startReceiver(() => {
    // A kill falls before the answer, with it, or a little after it.
    countdown -= 1;
    if (countdown === 0 && kill !== null) {
      const now = kill;
      if (Math.random() < 0.5) now();
      else setTimeout(now, Math.random() * 8);
    }
    return { status: 200 };
  });
  for (let round = 0; round < KILLS; round += 1) {
    await run('wild', (end) => {
      kill = end;
      countdown = 1 + Math.floor(Math.random() * 8);
    });
  }
  kill = null;
  await run('calm');

  const state = new DatabaseSync(join(directory.path, 'state.db'), { readOnly: true });
  const raised = state.prepare('SELECT id FROM alerts WHERE raised_ms IS NOT NULL').all();
  const told = state
    .prepare("SELECT DISTINCT alert FROM alert_history WHERE action = 'notified'")
    .all()
    .map(({ alert }) => String(alert));
  const open = state.prepare("SELECT count(*) AS n FROM alerts WHERE state <> 'resolved'").get();
  state.close();
  expect(raised.length).toBeGreaterThan(KILLS);
  expect(told.length).toBe(raised.length);
  expect(open).toMatchObject({ n: 0 });

  for (const channel of ['/a', '/b']) {
    const ids = new Set<string>();
    const keys = new Map<string, Set<string>>();
    const came = receiver.deliveries.filter(({ path }) => path === channel);
    for (const { headers, body } of came) {
      const id = String(headers['webhook-id']);
      ids.add(id);
      for (const alert of (JSON.parse(body) as Body).data.alerts) {
        for (const news of alert.news) {
          const key = `${news} ${alert.id}`;
          keys.set(key, (keys.get(key) ?? new Set()).add(id));
        }
      }
    }
    const expected = told.flatMap((id) => [`raised ${id}`, `resolved ${id}`]);
    expect([...keys.keys()].toSorted()).toEqual(expected.toSorted());
    // The same news never goes out under two keys.
    expect([...keys.values()].filter((found) => found.size > 1)).toEqual([]);
    expect(came.length - ids.size).toBeLessThanOrEqual(KILLS);
  }
}, 300_000);
