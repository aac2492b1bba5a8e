import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorsPage, eventPage } from './reference-pages.ts';
import { importsOf, readSources, violations } from './imports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('layers', () => {
  const sources = readSources(root);

  it('sees the sources', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(({ text }) => importsOf(text)).length).toBeGreaterThan(300);
  });

  it('are imported downwards only', () => {
    expect(sources.flatMap(violations)).toEqual([]);
  });

  it.each([
    [
      'a stage that comes later',
      'server/src/journal/a.ts',
      "import { x } from '../ledger/b.ts';",
      'journal may not import ledger',
    ],
    [
      'the same through a long way',
      'server/src/journal/a.ts',
      "import { x } from '../../src/http/b.ts';",
      'journal may not import http',
    ],
    [
      'a package further up',
      'events/src/a.ts',
      "export * from '@bellwether/server';",
      'events may not import server',
    ],
    [
      'a package by its path',
      'events/src/a.ts',
      "import '../../metrics/src/index.ts';",
      'reaches into another package',
    ],
    ['a dependency of metrics', 'metrics/src/a.ts', "import x from 'lodash';", 'metrics has no dependency'],
    [
      'a dynamic import',
      'server/src/journal/a.ts',
      "const x = await import('../ledger/b.ts');",
      'journal may not import ledger',
    ],
    [
      'a type',
      'server/src/journal/a.ts',
      "import type { X } from '../ledger/b.ts';",
      'journal may not import ledger',
    ],
    [
      'a stage nobody knows',
      'server/src/helpers/a.ts',
      "import { x } from '../ledger/b.ts';",
      'helpers is no stage',
    ],
  ])('catch %s', (_, path, text, problem) => {
    expect(violations({ path, text })).toEqual([expect.stringContaining(problem)]);
  });
});

describe('size', () => {
  it('of files and functions is held by the linter, which catches a planted violation', () => {
    const folder = mkdtempSync(join(root, 'packages', 'tidy-'));
    try {
      writeFileSync(
        join(folder, 'long.ts'),
        `export function f(): void {\n${"  console.log('x');\n".repeat(401)}}\n`,
      );
      const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=unix', folder], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/max-lines\)/);
      expect(stdout).toMatch(/max-lines-per-function\)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('documents', () => {
  it.each([
    ['errors.md', errorsPage()],
    ['event.md', eventPage()],
  ])('reference/%s is what the code says (renew with vitest -u)', async (name, page) => {
    await expect(page).toMatchFileSnapshot(join(root, 'docs/reference', name));
  });

  it('name folders that exist', () => {
    const text = read('ARCHITECTURE.md');
    const named = [...text.matchAll(/`((?:packages|docs|tests|bench|scripts|examples)\/[\w./-]*)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const stages = [...text.matchAll(/^\| `(\w+)\/` \|/gm)].map((match) => match[1] ?? '');
    expect(stages.length).toBeGreaterThan(5);
    expect(stages.filter((stage) => !existsSync(join(root, 'packages/server/src', stage)))).toEqual([]);
  });

  it('name tests that exist', () => {
    for (const page of ['docs/concepts/security.md', 'docs/reference/reliability.md']) {
      const named = [...read(page).matchAll(/`((?:packages|tests)\/[\w./-]*\.test\.ts)`/g)].map(
        (match) => match[1] ?? '',
      );
      expect(named.length).toBeGreaterThan(5);
      expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    }
  });

  it('are short where they promise to be', () => {
    expect(read('ARCHITECTURE.md').split('\n').length).toBeLessThan(200);
  });

  it('are listed alike in the two front pages', () => {
    const listed = (path: string): string[] =>
      read(path).match(/^\| (?:start|concepts|operate|reference|decisions) \|.*$/gm) ?? [];
    expect(listed('README.md').length).toBe(5);
    expect(listed('docs/README.md')).toEqual(
      listed('README.md').map((line) => line.replaceAll('](docs/', '](')),
    );
  });

  it('link to files that exist', () => {
    const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n');
    const broken = documents.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .filter((match) => !existsSync(join(root, path, '..', match[1] ?? '')))
        .map((match) => `${path} links to ${match[1]}`),
    );
    expect(broken).toEqual([]);
  });
});
