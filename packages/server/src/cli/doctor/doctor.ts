/**
 * `bellwether doctor`: looks at an installation from the machine up, and says of
 * everything that is wrong what to do. It mends nothing by itself.
 */

import { Command } from 'commander';
import { systemClock } from '../../clock.ts';
import {
  ConfigError,
  type Environment,
  formatProblem,
  type LoadedConfig,
  loadConfig,
} from '../../config/index.ts';
import { findServer } from '../../data-directory.ts';
import { type CommonOptions, configInputOf, withCommonOptions } from '../common-options.ts';
import type { Output } from '../output.ts';
import { printable } from '../table.ts';
import { dataDirectory } from './data-directory.ts';
import { encryption } from './encryption.ts';
import { type Examination, type Finding, type Patient, problem } from './finding.ts';
import { machine } from './machine.ts';
import { stores } from './stores.ts';
import { surroundings } from './surroundings.ts';

interface DoctorOptions extends CommonOptions {
  readonly json?: boolean;
}

/** In order: what stands on something else comes after it. */
const examinations: readonly Examination[] = [
  ...machine,
  ...surroundings,
  ...dataDirectory,
  encryption,
  ...stores,
];

/** Makes the command. Its exit status is 1 if there is a problem; warnings leave it 0. */
export function doctorCommand(environment: Environment, output: Output = process.stdout): Command {
  const command = new Command('doctor')
    .description('Find what is wrong with an installation, and what to do about it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether doctor --config bellwether.yaml\n');
  return withCommonOptions(command).action(async (options: DoctorOptions) => {
    const findings = await examine(options, environment);
    const ok = findings.every(({ status }) => status !== 'problem');
    output.write(options.json === true ? `${JSON.stringify({ ok, findings }, null, 2)}\n` : textOf(findings));
    if (!ok) process.exitCode = 1;
  });
}

async function examine(options: CommonOptions, environment: Environment): Promise<Finding[]> {
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(configInputOf(options, environment));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const advice = 'Mend it; bellwether check config says when it is right. Nothing else was looked at.';
    return error.problems.map((fault) => problem('configuration', formatProblem(fault), advice));
  }
  const patient: Patient = {
    loaded,
    clock: systemClock,
    server: findServer(loaded.config.storage.data_dir),
  };
  const findings: Finding[] = [];
  for (const examination of examinations) findings.push(...(await attempt(examination, patient)));
  return findings;
}

async function attempt(examination: Examination, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await examination.run(patient);
  } catch (error) {
    const { check } = examination;
    const message = error instanceof Error ? error.message : String(error);
    return [problem(check, `It could not be looked at: ${message}`, 'See the log of the server.')];
  }
}

const marks = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' } as const;

function some(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function textOf(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, status, message, advice }) => [
    `${marks[status]}  ${printable(`${check}: ${message}`)}`,
    ...(advice === null ? [] : [`         → ${printable(advice)}`]),
  ]);
  const count = (wanted: Finding['status']): number =>
    findings.filter(({ status }) => status === wanted).length;
  const [problems, warnings, fine] = [count('problem'), count('warning'), count('ok')];
  const summary = `${some(problems, 'problem')}, ${some(warnings, 'warning')}, ${some(fine, 'thing')} as ${fine === 1 ? 'it' : 'they'} should be.`;
  return `${[...lines, summary].join('\n')}\n`;
}
