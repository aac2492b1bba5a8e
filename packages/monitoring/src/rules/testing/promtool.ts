/** Prometheus' own tool, asked what it says of rules. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ruleFileText } from '../generate.ts';
import type { PrometheusRuleFile } from '../rule-file.ts';

/** Whether promtool is there; in CI it has to be. */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool && process.env.CI) throw new Error('promtool is missing: install the package prometheus');

/** What the name of a test says where it is left out. */
export const withoutPromtool = hasPromtool ? '' : ' (left out: promtool is not installed)';

/** Runs test files over rules (as `rules.yaml`), and gives all that promtool prints. */
export function promtoolSays(rules: PrometheusRuleFile, tests: readonly unknown[]): string {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'rules.yaml'), ruleFileText(rules, 'Under test'));
    const files = tests.map((test, index) => {
      const file = join(folder, `test-${index}.yaml`);
      writeFileSync(file, stringify(test));
      return file;
    });
    return run(['test', 'rules', ...files]).output;
  });
}

/** Has a rule file checked strictly; a status of 0 says that nothing was found. */
export function checkRules(text: string): { readonly status: number | null; readonly output: string } {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'rules.yaml'), text);
    return run(['check', 'rules', '--lint=all', '--lint-fatal', join(folder, 'rules.yaml')]);
  });
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'bellwether-rules-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
