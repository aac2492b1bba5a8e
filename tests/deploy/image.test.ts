/**
 * The image, as far as it can be had without a container engine: its root file
 * system from the Dockerfile's own steps, laid over a read-only view of this machine
 * that stands for the base image, and the server in it as a user without rights who
 * can write to `/data` only. The base image itself is not run.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../server/free-port.ts';
import { post, root, temporaryDirectory } from '../server/running-server.ts';
import { buildImage, instructions, type Stage } from './image-steps.ts';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const PATIENCE_MS = 60_000;
/** Only root may change root, here and in what stands for a container. */
const canConfine = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
if (!canConfine) console.warn('Left out: the image is not run, since mounts cannot be made here.');

describe('the Dockerfile', () => {
  it('copies the package.json of every package before it installs', () => {
    const copied = instructions(dockerfile)
      .filter(([name]) => name === 'COPY')
      .map(([, rest]) => rest);
    for (const name of readdirSync(join(root, 'packages'))) {
      expect(copied).toContain(`packages/${name}/package.json packages/${name}/`);
    }
  });
});

describe.runIf(canConfine)('the image', () => {
  const directory = temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  let image: Stage;
  let server: ChildProcess;
  let output = '';
  let url: string;

  beforeAll(async () => {
    copyContext(at('context'));
    mkdirSync(at('stages'));
    image = buildImage(dockerfile, at('context'), at('stages'));
    // What a new volume begins with.
    cpSync(join(image.path, 'data'), at('data'), { recursive: true });
    chownSync(at('data'), 65_532, 65_532);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = startInImage([...image.entrypoint, ...image.command], { CUSTOM_METRICS_PORT: String(port) });
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 200);
  }, 300_000);

  afterAll(() => {
    server?.kill('SIGKILL');
    directory.remove();
  });

  /**
   * Starts a program in the image: everything is read-only but `/data`. Of this machine
   * it has the libraries, Node, `/proc` and `/dev`; there is no shell, no `/tmp` and no `/etc`.
   */
  function startInImage(command: readonly string[], environment: Record<string, string> = {}): ChildProcess {
    const folder = at(`root-${randomUUID()}`);
    mkdirSync(folder);
    const binds = [
      ['/usr/lib', 'usr/lib'],
      ['/usr/lib64', 'usr/lib64'],
      [dirname(dirname(process.execPath)), 'nodejs'],
      [join(image.path, 'app'), 'app'],
      ['/proc', 'proc'],
      ['/dev', 'dev'],
    ];
    const script = [
      `mount -t tmpfs tmpfs ${folder}`,
      `cd ${folder}`,
      'mkdir -p usr/lib usr/lib64 nodejs app proc dev data',
      'ln -s usr/lib lib && ln -s usr/lib64 lib64',
      ...binds.map(([from, to]) => `mount --bind ${from} ${to} && mount -o remount,bind,ro ${to}`),
      `mount --bind ${at('data')} data`,
      `mount -o remount,ro ${folder}`,
      `exec chroot --userspec=${image.user} ${folder} "$@"`,
    ].join('\n');
    const args = ['--mount', 'sh', '-ec', script, 'sh', ...command];
    return spawn('unshare', args, {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...image.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function runInImage(...command: readonly string[]): Promise<{ code: number; said: string }> {
    const child = startInImage(command, { CUSTOM_METRICS_PORT: new URL(url).port });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
      });
    }
    const code = await new Promise<number>((resolve) => {
      child.once('close', (status) => resolve(status ?? -1));
    });
    return { code, said };
  }

  async function eventually(holds: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!(await holds().catch(() => false))) {
      if (server.exitCode !== null) throw new Error(`the server ended: ${output}`);
      if (Date.now() > until) throw new Error(`nothing after ${PATIENCE_MS} ms: ${output}`);
      await sleep(100);
    }
  }

  it('has compiled code and production dependencies only', () => {
    const app = join(image.path, 'app');
    expect(existsSync(join(app, 'packages/server/dist/main.js'))).toBe(true);
    expect(existsSync(join(app, 'node_modules/typescript'))).toBe(false);
    expect(existsSync(join(app, 'node_modules/vitest'))).toBe(false);
    expect(globSync(join(app, 'packages/*/src'))).toEqual([]);
    expect(existsSync(join(app, 'packages/server/dist/docs/README.md'))).toBe(true);
  });

  it('lists in its SBOM what it has', () => {
    const { bomFormat, components } = JSON.parse(
      readFileSync(join(image.path, 'app/sbom.cdx.json'), 'utf8'),
    ) as { bomFormat: string; components: readonly { name: string; version: string }[] };
    expect(bomFormat).toBe('CycloneDX');
    const listed = new Set(components.map(({ name }) => name));
    // Of the platforms of a native package only one is installed.
    const installed = globSync('{*,@*/*}/package.json', { cwd: join(image.path, 'app/node_modules') })
      .map((path) => dirname(path))
      .filter((name) => !name.startsWith('@bellwether/'));
    expect(installed.length).toBeGreaterThan(60);
    expect(installed.filter((name) => !listed.has(name) && !listed.has(basename(name)))).toEqual([]);
    expect(listed.has('vitest')).toBe(false);
  });

  it('runs as a user without rights', () => {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^CapEff:\t0000000000000000$/m);
  });

  it('cannot write but to its data', async () => {
    const attempt = (path: string) =>
      runInImage('/nodejs/bin/node', '--eval', `require('node:fs').writeFileSync('${path}/x', '')`);
    for (const path of ['', '/app', '/nodejs', '/usr/lib']) {
      const { code, said } = await attempt(path);
      expect([path, code]).toEqual([path, 1]);
      expect(said).toMatch(/EROFS|EACCES/);
    }
    expect(await attempt('/data')).toEqual({ code: 0, said: '' });
  });

  it('is found healthy by its health check, and unhealthy on another port', async () => {
    expect((await runInImage(...image.healthcheck)).code).toBe(0);
    const other = await runInImage(...image.healthcheck, '--url', 'http://127.0.0.1:1');
    expect(other.code).toBe(1);
  });

  it('answers with the documentation of its version', async () => {
    const page = await fetch(`${url}/docs/operate/containers`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1 id="containers">')]);
  });

  it('takes events with a token that was made in it, and none without', async () => {
    const event = { timestamp: 0, provider: 'openai', model: 'gpt-4o', input_tokens: 1 };
    expect((await post(url, event)).status).toBe(401);
    const created = await runInImage(
      ...image.entrypoint,
      'token',
      'create',
      '--name=test',
      '--role=ingest',
      '--role=read',
    );
    const token = /bw_\S+/.exec(created.said)?.[0] ?? created.said;
    const headers = { authorization: `Bearer ${token}` };
    expect((await post(url, event, { headers })).status).toBe(200);
    const costs = (await (await fetch(`${url}/api/v1/costs`, { headers })).json()) as {
      total: { requests: number };
    };
    expect(costs.total.requests).toBe(1);
  });

  it('stops when it is told to', async () => {
    const ended = new Promise((resolve) => {
      server.once('exit', (code) => resolve(code));
    });
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

/** Copies what git tracks and `.dockerignore` lets in. */
function copyContext(to: string): void {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const isAllowed = (file: string): boolean =>
    allowed.some((one) => file === one || file.startsWith(`${one}/`)) && !file.endsWith('.test.ts');
  for (const file of tracked.filter(isAllowed)) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(to, file));
  }
}
