import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const dataDirectory = join(directory.path, 'data');
const config = join(directory.path, 'bellwether.yaml');
let port = 0;

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly message: string;
  readonly advice: string | null;
}

async function examine(): Promise<{ code: number; ok: boolean; findings: readonly Finding[] }> {
  const { code, stdout, stderr } = await runCli(['doctor', '--config', config, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as { ok: boolean; findings: Finding[] }) };
}

const wrong = (findings: readonly Finding[]): string[] =>
  findings.filter(({ status }) => status !== 'ok').map(({ check, status }) => `${status} ${check}`);

/** A configuration that is content with whatever disk and memory the test finds. */
function write(more = '', host = '127.0.0.1'): void {
  writeFileSync(
    config,
    `service: { port: ${port}, host: ${host} }
storage: { data_dir: ${dataDirectory}, disk_warning_percent: 99.9, disk_critical_percent: 100 }
performance: { memory_limit_gb: 64 }
${more}`,
  );
}

beforeAll(async () => {
  port = await freePort();
  write();
});

afterAll(() => directory.remove());

describe('the doctor', () => {
  it('finds nothing wrong before the first start, and makes nothing', async () => {
    expect(await examine()).toMatchObject({ code: 0, ok: true });
    expect(statSync(dataDirectory, { throwIfNoEntry: false })).toBe(undefined);
  });

  it('finds nothing wrong with a server that runs, nor with one that was stopped', async () => {
    const server: RunningServer = await startServer(dataDirectory, { args: ['--config', config] });
    await post(server.url, {
      timestamp: new Date().toISOString(),
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 1,
    });
    await expect
      .poll(async () => ((await (await fetch(`${server.url}/health`)).json()) as { status: string }).status, {
        timeout: 60_000,
      })
      .toBe('healthy');
    const running = await examine();
    expect([wrong(running.findings), running.code]).toEqual([[], 0]);
    expect(running.findings).toContainEqual({
      check: 'ledger',
      status: 'ok',
      message: 'It has all 1 events that the journal has acknowledged.',
      advice: null,
    });
    await server.stop();
    const stopped = await examine();
    expect(wrong(stopped.findings)).toEqual([]);
    expect(stopped.findings.map(({ check }) => check)).toContain('engine');
  });

  it('names each thing that is wrong, with what to do', async () => {
    const squatter = createServer().listen(port, '127.0.0.1');
    const closed = await freePort();
    write(`monitoring: { prometheus_endpoint: "http://127.0.0.1:${closed}" }\n`);
    chmodSync(join(dataDirectory, 'audit.key'), 0o644);
    writeFileSync(
      join(dataDirectory, 'server.json'),
      JSON.stringify({ pid: 2 ** 30, url: 'http://127.0.0.1:1' }),
      {
        mode: 0o600,
      },
    );
    mkdirSync(join(dataDirectory, 'state.db.damaged-1'));
    const { code, ok, findings } = await examine();
    squatter.close();
    expect([code, ok]).toEqual([1, false]);
    expect(wrong(findings)).toEqual([
      'problem port',
      'problem prometheus',
      'problem permissions',
      'warning leftovers',
      'problem leftovers',
    ]);
    for (const { status, advice } of findings) expect(advice === null).toBe(status === 'ok');
    const { stdout } = await runCli(['doctor', '--config', config]);
    expect(stdout).toContain(`chmod 600 ${join(dataDirectory, 'audit.key')}`);
  });

  it('says who holds the journal, and which line of a configuration is wrong', async () => {
    write();
    const holder = new DatabaseSync(join(dataDirectory, 'journal', 'journal.db'));
    holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE');
    expect(wrong((await examine()).findings)).toContain('problem journal');
    holder.close();
    write('access: { rate_limit: fast }\n');
    const { code, findings } = await examine();
    expect([code, findings.map(({ message }) => message)]).toEqual([
      1,
      [`access.rate_limit: must be a number, is "fast" (in ${config} line 4)`],
    ]);
  });

  it('looks at the files of secrets, and so does check config', async () => {
    const file = (name: string, text: string, mode: number): string => {
      const path = join(directory.path, name);
      writeFileSync(path, text, { mode });
      chmodSync(path, mode);
      return path;
    };
    const channel = (id: string, path: string): string => `{ id: ${id}, type: slack, url_file: "${path}" }`;
    const open = file('open', 'https://hooks.example/canary', 0o604);
    const channels = [
      channel('fine', file('fine', 'https://hooks.example/canary', 0o640)),
      channel('empty', file('empty', '\n', 0o600)),
      channel('open', open),
      channel('absent', join(directory.path, 'absent')),
    ];
    write(`notifications: { channels: [${channels.join(', ')}] }\n`);
    const secrets = (await examine()).findings.filter(({ check }) => check === 'secrets');
    expect(secrets.map(({ status, message }) => [status, message])).toEqual([
      ['problem', `${join(directory.path, 'empty')} is empty (notifications.channels: empty).`],
      [
        'warning',
        `${open} may be read or changed by every user of this machine (notifications.channels: open).`,
      ],
      ['problem', `${join(directory.path, 'absent')} does not exist (notifications.channels: absent).`],
    ]);
    const checked = await runCli(['check', 'config', '--config', config]);
    expect(checked.code).toBe(0);
    expect(checked.stdout.split('\n').slice(0, 5)).toEqual([
      `OK: ${config}`,
      `WARNING: notifications.channels: empty: ${join(directory.path, 'empty')} is empty`,
      `WARNING: notifications.channels: open: ${open} may be read or changed by every user of this machine`,
      `WARNING: notifications.channels: absent: ${join(directory.path, 'absent')} does not exist`,
      '',
    ]);
    expect(checked.stdout).not.toContain('canary');
  });

  it('says within seconds that a ledger does not answer, and so do other commands', async () => {
    // It takes connections and says nothing, which is the worst that a network does.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    write(`ledger: { url: "http://${host}" }\n`);
    const message = `The ledger at ${host} does not answer within 5 s.`;
    expect((await examine()).findings.filter(({ check }) => check === 'ledger')).toMatchObject([
      { status: 'problem', message },
    ]);
    expect((await runCli(['report', 'cost', '--config', config])).stderr).toContain(message);
    const closed = `127.0.0.1:${await freePort()}`;
    write(`ledger: { url: "http://${closed}" }\n`);
    expect((await runCli(['verify', '--config', config])).stderr).toContain(
      `The ledger at ${closed} does not`,
    );
    silent.close();
  });

  it('warns of an address beyond loopback that has no token, or tokens in the clear', async () => {
    write('', '0.0.0.0');
    const messages = async (): Promise<string[]> =>
      (await examine()).findings.filter(({ check }) => check === 'tokens').map(({ message }) => message);
    expect(await messages()).toEqual([expect.stringContaining('there is no token')]);
    await runCli([
      'token',
      'create',
      '--name',
      'a',
      '--role',
      'read',
      '--expires',
      '3d',
      '--data',
      dataDirectory,
    ]);
    expect(await messages()).toEqual([
      expect.stringContaining('The token a expires'),
      expect.stringContaining('unencrypted'),
    ]);
  });
});
