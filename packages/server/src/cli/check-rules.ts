/** `bellwether check rules`: are alert rules right, and what do they come to? */

import { Command } from 'commander';
import { ruleProblems, seriesIdsOf } from '../alerts/check-rules.ts';
import { allRules, filesOf, readRuleFile, RuleFileError } from '../alerts/rule-files.ts';
import { type AlertRuleDefinition, alertRulesJsonSchema, type Environment } from '../config/index.ts';
import { countText } from '../report/text-table.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

interface CheckRulesOptions extends CommonOptions {
  readonly schema?: boolean;
  readonly json?: boolean;
}

/** Makes the command, a subcommand of `check`. */
export function checkRulesCommand(environment: Environment, output: Output = process.stdout): Command {
  const command = new Command('rules')
    .description('Check alert rules: files, or without any those of the configuration with its preset')
    .argument('[files...]', 'rule files (YAML)')
    .option('--schema', 'print the JSON Schema of the rules instead')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether check rules rules.yaml\n');
  return withCommonOptions(command).action((files: readonly string[], options: CheckRulesOptions) => {
    if (options.schema) output.write(`${JSON.stringify(alertRulesJsonSchema, null, 2)}\n`);
    else
      checkRules(
        () => rulesOf(files, options, environment),
        () => seriesIdsOf(configOf(options, environment).config),
        options,
        output,
      );
  });
}

function rulesOf(
  files: readonly string[],
  options: CheckRulesOptions,
  environment: Environment,
): readonly AlertRuleDefinition[] {
  if (files.length > 0) return filesOf(files).flatMap(readRuleFile);
  return allRules(configOf(options, environment).config);
}

function checkRules(
  read: () => readonly AlertRuleDefinition[],
  seriesIds: () => readonly string[],
  { json }: CheckRulesOptions,
  output: Output,
): void {
  const { rules, problems } = found(read, seriesIds);
  if (json) {
    const listed = rules.map(({ id, enabled, severity }) => ({
      id,
      enabled,
      severity,
      about: aboutOf(id, rules),
    }));
    output.write(`${JSON.stringify({ ok: problems.length === 0, problems, rules: listed }, null, 2)}\n`);
    if (problems.length > 0) process.exitCode = 1;
    return;
  }
  if (problems.length > 0) throw new CommandFailure(`the rules are wrong:\n  ${problems.join('\n  ')}`);
  const rows = rules.map(({ id, enabled, severity }) => [
    id,
    severity,
    enabled ? aboutOf(id, rules) : 'switched off',
  ]);
  output.write(
    `OK: ${countText(rules.length, 'rule')}\n\n${formatTable([['RULE', 'SEVERITY', 'ABOUT'], ...rows])}`,
  );
}

function found(
  read: () => readonly AlertRuleDefinition[],
  seriesIds: () => readonly string[],
): {
  readonly rules: readonly AlertRuleDefinition[];
  readonly problems: readonly string[];
} {
  try {
    const rules = read();
    return { rules, problems: ruleProblems(rules, seriesIds()) };
  } catch (error) {
    if (error instanceof RuleFileError) return { rules: [], problems: [error.message] };
    throw error;
  }
}

/** The condition of a rule in words. */
function aboutOf(id: string, rules: readonly AlertRuleDefinition[]): string {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) return '';
  const { subject, operator, threshold, forMs } = rule;
  const condition = `${operator} ${threshold}${forMs === 0 ? '' : ` for ${forMs / 1000} s`}`;
  if (subject.kind === 'signal') return `${subject.signal} ${condition}`;
  if (subject.kind === 'forecast') return `${subject.figure} (${subject.bound}) ${condition}`;
  const by = subject.by.length === 0 ? '' : ` by ${subject.by.join(', ')}`;
  return `${subject.measure}${by} over ${subject.windowMs / 60_000} min ${condition}`;
}
