import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestReceiver } from './test-receiver.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-exit-'));
let receiver: TestReceiver;

beforeAll(async () => {
  receiver = await TestReceiver.start();
});

afterAll(async () => {
  await receiver.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs an application that ships an event and then does `rest`. */
async function run(id: string, options: object, rest: string, signal?: NodeJS.Signals) {
  const script = `
    import { Shipper } from ${JSON.stringify(join(import.meta.dirname, 'shipper.ts'))};
    const shipper = new Shipper({ flushIntervalMs: 60000, onError: () => undefined, ...${JSON.stringify(options)} });
    shipper.ship({ id: ${JSON.stringify(id)}, provider: 'p', model: 'm' });
    process.stdout.write('shipped');
    ${rest}`;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  if (signal !== undefined) {
    await once(child.stdout, 'data');
    child.kill(signal);
  }
  const [code, killedBy] = (await exited) as [number | null, string | null];
  return { code, killedBy };
}

it('sends what is left when there is nothing else to do', async () => {
  expect(await run('natural', { url: receiver.url }, '')).toEqual({ code: 0, killedBy: null });
  expect(receiver.taken.has('natural')).toBe(true);
});

it('ends although the server is away', async () => {
  const options = { url: 'http://127.0.0.1:9', exitTimeoutMs: 200 };
  expect(await run('away', options, '')).toEqual({ code: 0, killedBy: null });
});

it('sends what is left on a signal that was asked for, and lets the signal end the process', async () => {
  const options = { url: receiver.url, exitSignals: ['SIGTERM'] };
  expect(await run('signal', options, 'setInterval(() => undefined, 1000);', 'SIGTERM')).toEqual({
    code: null,
    killedBy: 'SIGTERM',
  });
  expect(receiver.taken.has('signal')).toBe(true);
});

it('leaves it in the spool for the next process where the end cannot wait', async () => {
  const spool = { directory: join(directory, 'spool') };
  expect(await run('abrupt', { url: receiver.url, spool }, 'process.exit(3);')).toEqual({
    code: 3,
    killedBy: null,
  });
  expect(receiver.taken.has('abrupt')).toBe(false);
  await run('next', { url: receiver.url, spool }, '');
  expect(receiver.taken.has('abrupt')).toBe(true);
  expect(receiver.taken.has('next')).toBe(true);
});
