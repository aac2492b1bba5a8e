import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect, it } from 'vitest';
import { configurationReference } from './reference.ts';
import { configKeys } from './schema.ts';

const source = join(import.meta.dirname, '..');
const page = join(source, '../../../docs/reference/configuration.md');

it('is what docs/reference/configuration.md says (renew with vitest -u)', async () => {
  await expect(configurationReference()).toMatchFileSnapshot(page);
});

/** The server's code outside this folder, without comments and texts, in which a key is only mentioned. */
function codeThatReadsKeys(): string {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(`config${sep}`),
  );
  if (files.length < 3) throw new Error(`Only ${files.length} files in ${relative('.', source)}`);
  return files
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n')
    .replaceAll(/\/\*[^]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'/gm, ' ');
}

/** True if code reads `section.key`, e.g. as `config.metrics.retention_days`, or takes `{ key }` from the section. */
function reads(code: string, name: string): boolean {
  const [section, key] = name.split('.');
  return new RegExp(
    `\\b${section}\\.${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\}\\s*=\\s*[\\w.]*\\b${section}\\b`,
  ).test(code);
}

it('has no key that nothing reads', () => {
  const code = codeThatReadsKeys();
  expect(reads('const { a, port: p } = options.config.service;', 'service.port')).toBe(true);
  expect(reads('const { port } = config.metrics', 'service.port')).toBe(false);
  expect([...configKeys.keys()].filter((name) => !reads(code, name))).toEqual([]);
});
