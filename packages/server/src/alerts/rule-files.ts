/** The rules of a server: those of the preset, of its rule files, and of the configuration itself. */

import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import {
  ALERT_RULES_MAX,
  type AlertRuleDefinition,
  type Config,
  readAlertRules,
  readSmallFile,
} from '../config/index.ts';
import { presetRules } from './presets.ts';

/** The largest rule file: 512 KiB. */
const FILE_BYTES_MAX = 524_288;
const ALIASES_MAX = 100;
const FILES_MAX = 256;

/** A rule file, or rules together, that cannot be used. */
export class RuleFileError extends Error {
  override readonly name = 'RuleFileError';
}

/**
 * Reads the rules of a file.
 *
 * @throws {RuleFileError} with the file and what is wrong with it.
 */
export function readRuleFile(file: string): readonly AlertRuleDefinition[] {
  const text = readSmallFile(file, FILE_BYTES_MAX);
  if (typeof text !== 'string') throw new RuleFileError(`${file} ${text.reason}`);
  const document = parseDocument(text, {
    prettyErrors: true,
    stringKeys: true,
    uniqueKeys: true,
    logLevel: 'error',
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw new RuleFileError(`${file}: ${fault.message}`);
  const content = contentOf(document, file);
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, 'rules'))
    throw new RuleFileError(`${file} must be a map with the key rules`);
  const other = Object.keys(content).find((key) => key !== 'rules');
  if (other !== undefined)
    throw new RuleFileError(`${file}: ${JSON.stringify(other.slice(0, 60))} is not a known key`);
  const rules = readAlertRules(Reflect.get(content, 'rules'));
  if (typeof rules === 'string') throw new RuleFileError(`${file}: rules ${rules}`);
  return rules;
}

function contentOf(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    throw new RuleFileError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The files that patterns name, in alphabetical order; `*` in the name of a file
 * stands for any text. A pattern that matches nothing is a mistake unless it has a `*`.
 */
export function filesOf(patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) => {
    const name = basename(pattern);
    if (!name.includes('*')) return [pattern];
    const parts = name.split('*');
    const directory = dirname(pattern);
    const names = listDirectory(directory).filter((candidate) => matchesParts(parts, candidate));
    return names.toSorted().map((candidate) => join(directory, candidate));
  });
  if (files.length > FILES_MAX) throw new RuleFileError(`There are more than ${FILES_MAX} rule files.`);
  return [...new Set(files)];
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    throw new RuleFileError(`${directory} cannot be read`);
  }
}

/** Finds the parts of a pattern one after the other, which takes no back-tracking. */
function matchesParts(parts: readonly string[], name: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/**
 * All rules: a rule of the configuration takes the place of a preset's of the same id.
 *
 * @throws {RuleFileError} for a file that is wrong, for an id given twice, and for too many rules.
 */
export function allRules({ alerts }: Pick<Config, 'alerts'>): readonly AlertRuleDefinition[] {
  const own = [...alerts.rules, ...filesOf(alerts.rule_files).flatMap(readRuleFile)];
  const ids = new Set<string>();
  for (const { id } of own) {
    if (ids.has(id)) throw new RuleFileError(`There are two rules with the id ${id}.`);
    ids.add(id);
  }
  const rules = [...own, ...presetRules(alerts.preset).filter(({ id }) => !ids.has(id))];
  if (rules.length > ALERT_RULES_MAX)
    throw new RuleFileError(`There are more than ${ALERT_RULES_MAX} rules.`);
  return rules;
}
