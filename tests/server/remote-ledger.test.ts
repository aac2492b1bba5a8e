import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestRemote } from '../../packages/server/src/ledger/remote/test-support.ts';
import { post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

/** Within this a server has found its way back; it takes seconds, and the limit is for a machine that is busy. */
const PATIENCE = { timeout: 90_000, interval: 250 };
const BATCH = 500;

describe('a server with a remote ledger', () => {
  let remote: TestRemote;
  let directory: ReturnType<typeof temporaryDirectory>;
  let server: RunningServer | null = null;
  let sent = 0;

  beforeEach(async () => {
    remote = await TestRemote.open();
    directory = temporaryDirectory();
    sent = 0;
  });
  afterEach(async () => {
    await server?.stop();
    server = null;
    directory.remove();
    await remote.close();
  });

  async function start(more: Record<string, string> = {}): Promise<RunningServer> {
    server = await startServer(directory.path, {
      environment: {
        BELLWETHER_LEDGER_URL: remote.url,
        BELLWETHER_LEDGER_USER: 'keeper',
        BELLWETHER_LEDGER_PASSWORD: remote.password,
        BELLWETHER_LEDGER_REQUEST_TIMEOUT_SECONDS: '2',
        ...more,
      },
    });
    return server;
  }

  /** Sends a batch and says with which status it was answered. */
  async function send({ url }: RunningServer): Promise<number> {
    const events = Array.from({ length: BATCH }, (_, i) => ({
      id: `e-${sent + i}`,
      timestamp: new Date(Date.UTC(2026, 10, 20, 12, 0, 0, sent + i)).toISOString(),
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 100,
      output_tokens: 10,
    }));
    const { status } = await post(url, events);
    if (status === 200) sent += BATCH;
    return status;
  }

  async function verified({ url }: RunningServer): Promise<unknown> {
    const response = await fetch(`${url}/v1/verify`);
    if (!response.ok) return response.status;
    return ((await response.json()) as { ok?: unknown }).ok;
  }

  async function rows(): Promise<number> {
    return remote.count('SELECT count() FROM bellwether.events');
  }

  async function health({ url }: RunningServer): Promise<{ status: string; text: string }> {
    const response = await fetch(`${url}/health`);
    const text = await response.text();
    return { status: (JSON.parse(text) as { status: string }).status, text };
  }

  it('has each event once, whatever becomes of its inserts', async () => {
    const running = await start();
    const insert = /^INSERT INTO bellwether\.events /;
    const faults = [
      'broken before',
      'broken after',
      'twice',
      'silent after',
      'status 500',
      'status 503',
    ] as const;
    for (const fault of faults) {
      remote.plan(fault, insert);
      expect(await send(running)).toBe(200);
      await expect.poll(() => remote.planned, PATIENCE).toBe(0);
    }
    remote.plan('late', insert);
    expect(await send(running)).toBe(200);
    await expect.poll(rows, PATIENCE).toBe(sent);
    remote.release();
    expect(await send(running)).toBe(200);
    await expect.poll(rows, PATIENCE).toBe(sent);
    await expect.poll(() => verified(running), PATIENCE).toBe(true);
    expect(remote.happened).toEqual([...faults, 'late']);
    expect(await remote.count('SELECT uniqExact(id) FROM bellwether.events')).toBe(sent);
  });

  it('takes events while the ledger is away, says so, and brings them in by itself', async () => {
    remote.leave();
    const running = await start();
    expect(await send(running)).toBe(200);
    expect(await send(running)).toBe(200);
    await expect.poll(async () => (await health(running)).text, PATIENCE).toContain('It does not answer.');
    expect((await fetch(`${running.url}/v1/report`)).status).toBe(503);
    remote.comeBack();
    await expect.poll(() => verified(running), PATIENCE).toBe(true);
    expect(await rows()).toBe(sent);
    remote.leave();
    expect(await send(running)).toBe(200);
    remote.comeBack();
    await expect.poll(rows, PATIENCE).toBe(sent);
    await expect.poll(async () => (await health(running)).text, PATIENCE).toContain('ClickHouse 2');
    expect(running.output()).not.toContain(remote.password);
  });

  it('has each event once when it was killed while an insert was in doubt', async () => {
    let running = await start();
    expect(await send(running)).toBe(200);
    await expect.poll(rows, PATIENCE).toBe(sent);
    remote.plan('silent after', /^INSERT INTO bellwether\.events /);
    expect(await send(running)).toBe(200);
    await expect.poll(() => remote.planned, PATIENCE).toBe(0);
    await running.kill();
    running = await start();
    await expect.poll(() => verified(running), PATIENCE).toBe(true);
    expect(await rows()).toBe(sent);
  });

  it('waits with a reason for a password that is right', async () => {
    const right = remote.password;
    remote.password = 'another';
    const running = await start({ BELLWETHER_LEDGER_PASSWORD: right });
    expect(await send(running)).toBe(200);
    await expect
      .poll(async () => (await health(running)).text, PATIENCE)
      .toContain('It refuses the configured user or password. Events wait in the journal.');
    remote.password = right;
    await expect.poll(() => verified(running), PATIENCE).toBe(true);
    expect(await rows()).toBe(sent);
  });

  it('refuses what needs the engine on its own machine, and a directory of backups at the start', async () => {
    const running = await start();
    await expect.poll(() => verified(running), PATIENCE).toBe(true);
    const response = await fetch(`${running.url}/v1/backups`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ directory: `${directory.path}-backups` }),
    });
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('needs_embedded_ledger');
    await running.stop();
    server = null;
    await expect(start({ BELLWETHER_BACKUP_DIRECTORY: `${directory.path}-backups` })).rejects.toThrow(
      'backups are made of the embedded engine only',
    );
  });
});
