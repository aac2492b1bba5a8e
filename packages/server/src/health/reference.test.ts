import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '..');
const page = join(source, '../../../docs/reference/health.md');

/** The names of the checks that the server's code makes; what follows from the configuration ends with `_`. */
function checkNames(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith(`${sep}answers.ts`),
  );
  const code = files.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
  const declared = /name: (?:'([a-z_]+)'|`([a-z]+_)\$\{)[^\n]*?,\s+component:/g;
  const pinged = /pingCheck\(\s*'([a-z_]+)'/g;
  return [...code.matchAll(declared), ...code.matchAll(pinged)].map(
    ([, name, beginning]) => name ?? beginning ?? '',
  );
}

it('is said of every check in docs/reference/health.md', () => {
  const text = readFileSync(page, 'utf8');
  const names = [...new Set(checkNames())];
  expect(names).toEqual(expect.arrayContaining(['journal', 'ledger', 'clickhouse', 'collector_', 'plugin_']));
  expect(names.filter((name) => !text.includes(`| \`${name}`))).toEqual([]);
});
