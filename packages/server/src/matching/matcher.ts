/**
 * Matchers over labels, written and meant as Alertmanager's: `name="value"`, `!=`,
 * `=~`, `!~`. An absent label is the empty text.
 */

import { compilePattern, PatternError } from './linear-pattern.ts';

/** Label names and their values. */
export type Labels = Readonly<Record<string, string>>;

/** How a matcher compares. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition on one label. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  matches(labels: Labels): boolean;
}

/** Matchers that may stand together. */
export const MATCHERS_MAX = 32;
/** The longest matcher as text. */
export const MATCHER_LENGTH_MAX = 600;

/** A text that is no matcher. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

/**
 * Reads one matcher; quotes around the value may be left out.
 *
 * @throws {MatcherError} with what is wrong.
 * @example parseMatcher('provider=~"open.*"').matches({ provider: 'openai' }) // true
 */
export function parseMatcher(text: string): Matcher {
  if (text.length > MATCHER_LENGTH_MAX)
    throw new MatcherError(`has more than ${MATCHER_LENGTH_MAX} characters`);
  const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text);
  const [, name, operator, raw] = match ?? [];
  if (name === undefined || operator === undefined || raw === undefined)
    throw new MatcherError('must be name="value", with =, !=, =~ or !~');
  return makeMatcher(name, operator as MatchOperator, unquoted(raw));
}

/**
 * Makes a matcher of its parts.
 *
 * @throws {MatcherError} for a pattern that is none.
 */
export function makeMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  const test = testOf(operator, value);
  return { name, operator, value, matches: (labels) => test(labelOf(labels, name)) };
}

/** Whether all matchers hold; no matcher holds for everything. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labels));
}

/** A matcher as text, which {@link parseMatcher} reads. */
export function printMatcher({ name, operator, value }: Matcher): string {
  return `${name}${operator}${JSON.stringify(value)}`;
}

/** A label's value; the empty text if there is none. */
export function labelOf(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

function testOf(operator: MatchOperator, value: string): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  try {
    const matches = compilePattern(value);
    return operator === '=~' ? matches : (text) => !matches(text);
  } catch (error) {
    if (error instanceof PatternError) throw new MatcherError(`has a pattern that ${error.message}`);
    throw error;
  }
}

function unquoted(raw: string): string {
  if (!raw.startsWith('"')) {
    if (/["{},]/.test(raw)) throw new MatcherError('must have its value in quotes');
    return raw;
  }
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'string') return value;
  } catch {
    // Told below.
  }
  throw new MatcherError('has a value whose quotes are not closed');
}
