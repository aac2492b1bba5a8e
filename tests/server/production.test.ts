import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, root, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const checkout = join(directory.path, 'checkout');

/** Copies what git tracks, which is what a fresh clone has. */
function copyCheckout(): void {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  for (const file of files) {
    // Links stay links, also those to directories.
    if (existsSync(join(root, file)))
      cpSync(join(root, file), join(checkout, file), { recursive: true, verbatimSymlinks: true });
  }
}

beforeAll(() => {
  copyCheckout();
  execFileSync(
    'npm',
    [
      'ci',
      '--ignore-scripts',
      '--omit=dev',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
    ],
    {
      cwd: checkout,
      stdio: 'inherit',
    },
  );
});

afterAll(() => directory.remove());

async function serveOneEvent(program: string): Promise<Record<string, unknown>> {
  const data = join(directory.path, program.replaceAll('/', '-'));
  const args = ['serve', '--port', '0', '--data', data];
  const server = spawn(process.execPath, [join(checkout, program), ...args], {
    cwd: directory.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      const hear = (chunk: Buffer): void => {
        output += chunk.toString('utf8');
        const address = /answers at\s+(http:\S+)/.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      };
      server.stdout.on('data', hear);
      server.stderr.on('data', hear);
      void ended.then(() => reject(new Error(output)));
    });
    await post(url, { timestamp: 0, provider: 'openai', model: 'gpt-4o', input_tokens: 1 });
    const costs = (await (await fetch(`${url}/api/v1/costs`)).json()) as { total: Record<string, unknown> };
    return costs.total;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

describe('production dependencies without install scripts', () => {
  it('run the sources', async () => {
    expect(existsSync(join(checkout, 'node_modules/typescript'))).toBe(false);
    expect(await serveOneEvent('packages/server/bin/bellwether.js')).toMatchObject({ requests: 1 });
  });

  it('run what was compiled', async () => {
    for (const name of ['metrics', 'events', 'monitoring', 'server']) {
      cpSync(join(root, 'packages', name, 'dist'), join(checkout, 'packages', name, 'dist'), {
        recursive: true,
      });
    }
    expect(await serveOneEvent('packages/server/dist/main.js')).toMatchObject({ requests: 1 });
  });
});
