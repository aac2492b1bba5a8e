/**
 * Puts matchers into queries. Queries are written with plain families; which job
 * they are of, and which variables of a dashboard narrow them down, follows from
 * the catalogue, so that it is said in one place and forgotten in none.
 */

import type { FamilyDeclaration } from '@bellwether/events';
import { familyOfSample } from './families.ts';

/** A quoted text, or a name with the matchers that may follow it. */
const TOKEN =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<name>[a-zA-Z_:][\w:]*)(?<braces>\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\})?/g;

/** Adds the matchers that `matchersOf` gives for a family to each selector of that family, before its own. */
export function withMatchers(
  promql: string,
  matchersOf: (family: FamilyDeclaration) => readonly string[],
): string {
  return promql.replace(TOKEN, (text: string, ...rest: unknown[]) => {
    const { name, braces = '{}' } = rest.at(-1) as { readonly name?: string; readonly braces?: string };
    const family = name === undefined ? undefined : familyOfSample.get(name);
    if (family === undefined) return text;
    const own = braces.slice(1, -1).trim();
    const matchers = [...matchersOf(family), ...(own === '' ? [] : [own])];
    return matchers.length === 0 ? (name ?? '') : `${name}{${matchers.join(', ')}}`;
  });
}

/**
 * Adds labels to each `by (…)` and `on (…)`, so that series of one environment are
 * not added to those of another. A label that a series lacks counts as empty.
 */
export function keepingLabels(promql: string, labels: readonly string[]): string {
  if (labels.length === 0) return promql;
  return promql.replace(/\b(by|on) \(([^)]*)\)/g, (_text, word: string, list: string) => {
    const own = list.split(',').map((label) => label.trim());
    const kept = labels.filter((label) => !own.includes(label));
    return `${word} (${[...kept, ...own.filter((label) => label !== '')].join(', ')})`;
  });
}

/** A matcher for a job: a plain name is compared, anything else is a regular expression. */
export function jobMatcher(job: string): string {
  return /^[\w-]+$/.test(job) ? `job="${job}"` : `job=~${quoted(job)}`;
}

/** A text as PromQL writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
