/** The TypeScript of the documentation, each block held against the packages' own types. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root, temporaryDirectory } from '../server/running-server.ts';
import { type Block, blocksOf } from './blocks.ts';

const directory = temporaryDirectory();
afterAll(() => directory.remove());

const pages = execFileSync('git', ['ls-files', 'README.md', 'docs/**/*.md', 'packages/*/README.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');

/** What a block takes from the text around it, by its page: a name and how it is declared. */
const given: Readonly<Record<string, readonly [name: string, declaration: string]>> = {
  'docs/concepts/anomaly-detection.md': ['value', 'declare const timestampMs: number, value: number;'],
  'docs/concepts/feedback.md': [
    'bellwether',
    "declare const bellwether: import('@bellwether/sdk').Bellwether;",
  ],
  'docs/start/applications.md': [
    'createBellwether',
    "declare const createBellwether: typeof import('@bellwether/sdk').createBellwether;",
  ],
  'packages/metrics/README.md': [
    'metrics',
    `declare const metrics: {
      requests: import('@bellwether/metrics').Counter<'provider' | 'model'>;
      latency: import('@bellwether/metrics').Histogram<'provider'>;
      tokens: import('@bellwether/metrics').Counter<'provider' | 'kind'>;
    };`,
  ],
};

/** A block with what is given to it, unless it imports or declares that itself. */
function moduleOf({ file, text }: Block): string {
  const [name = '', declaration = ''] = given[file] ?? [];
  const isOwn = new RegExp(`(import|const)[^;=']*\\b${name}\\b`).test(text);
  return `${isOwn ? '' : declaration}\n${text}\nexport {};\n`;
}

it('compiles', { timeout: 60_000 }, () => {
  const blocks = pages.flatMap((page) => blocksOf(root, page)).filter(({ language }) => language === 'ts');
  expect(blocks.length).toBeGreaterThan(8);
  mkdirSync(join(directory.path, 'pages'));
  symlinkSync(join(root, 'node_modules'), join(directory.path, 'node_modules'));
  symlinkSync(join(root, 'packages/server/src/analyse'), join(directory.path, 'pages/analyse'));
  writeFileSync(join(directory.path, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(directory.path, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['pages/*.ts'] }),
  );
  for (const block of blocks) {
    const name = `${block.file.replaceAll('/', '-')}-${block.line}.ts`;
    writeFileSync(join(directory.path, 'pages', name), moduleOf(block));
  }
  const tsc = join(root, 'node_modules/.bin/tsc');
  const said = (() => {
    try {
      return execFileSync(tsc, ['-p', directory.path, '--pretty', 'false'], { encoding: 'utf8' });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  })();
  expect(said).toBe('');
});
