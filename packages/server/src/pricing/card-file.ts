/**
 * Reading rate cards from YAML (or JSON, which is YAML too). A card that does not
 * fit the schema, or whose dates or currencies make no sense, is refused whole,
 * with the line and the key: a price that is silently left out would be charged at
 * somebody else's list.
 */

import { BellwetherError } from '@bellwether/events';
import { Errors } from 'typebox/value';
import type { Document } from 'yaml';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { RateCard } from './card-schema.ts';
import { rateCardSchema } from './card-schema.ts';
import { epochSecondsOf } from './validity.ts';
import { weekWindowsOf } from './week-hours.ts';

/** The largest card file that is read, in characters. */
export const CARD_FILE_LENGTH_MAX = 8 * 1024 * 1024;

/** Problems that one refusal names at most. */
const PROBLEMS_NAMED_MAX = 10;

type Path = readonly (string | number)[];

interface Problem {
  readonly path: Path;
  readonly message: string;
}

/**
 * Reads a rate card.
 *
 * @param text the file's content.
 * @param fileName for the messages.
 * @throws BellwetherError `invalid_value`, naming each line and key that is wrong.
 */
export function parseRateCard(text: string, fileName: string): RateCard {
  if (text.length > CARD_FILE_LENGTH_MAX) {
    throw new BellwetherError('too_long', `${fileName}: longer than ${CARD_FILE_LENGTH_MAX} characters`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const syntaxError = document.errors[0];
  if (syntaxError) throw new BellwetherError('invalid_value', `${fileName}: ${syntaxError.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const problems = shapeProblems(value);
  if (problems.length === 0) problems.push(...meaningProblems(value as RateCard));
  if (problems.length === 0) return value as RateCard;
  const named = problems.slice(0, PROBLEMS_NAMED_MAX);
  const texts = named.map((problem) => {
    return `${fileName}:${lineOf(document, lines, problem.path)}: ${printPath(problem.path)} ${problem.message}`;
  });
  const more = problems.length > named.length ? [`and ${problems.length - named.length} more`] : [];
  throw new BellwetherError('invalid_value', [...texts, ...more].join('\n'), {
    field: printPath(problems[0]?.path ?? []),
  });
}

/** Where a value does not fit the schema, one problem per place. */
function shapeProblems(value: unknown): Problem[] {
  const byPlace = new Map<string, Problem>();
  for (const error of Errors(rateCardSchema, value)) {
    // An unknown key is reported twice, once for the key and once for the object that holds it; a union once per branch.
    if (error.keyword === 'additionalProperties' || error.keyword === 'anyOf') continue;
    const path = error.instancePath.split('/').slice(1).map(unescapePointer);
    const message = error.keyword === 'boolean' ? 'is not a key that a rate card has' : error.message;
    const known = byPlace.get(error.instancePath);
    byPlace.set(error.instancePath, {
      path,
      message: known && known.message !== message ? `${known.message} or ${message}` : message,
    });
  }
  return [...byPlace.values()];
}

/** What the schema cannot say: dates that exist, intervals that are not empty, currencies that have a rate. */
function meaningProblems(card: RateCard): Problem[] {
  const problems: Problem[] = [];
  const sections = ['prices', 'discounts', 'commitments'] as const;
  for (const section of sections) {
    for (const [index, item] of (card[section] ?? []).entries()) {
      problems.push(...intervalProblems(item, [section, index]));
      if ('currency' in item)
        problems.push(...currencyProblems(card, item.currency, [section, index, 'currency']));
    }
  }
  problems.push(...currencyProblems(card, card.currency, ['currency']), ...hourProblems(card));
  for (const [currency, rates] of Object.entries(card.exchange_rates ?? {})) {
    for (const [date, rate] of Object.entries(rates)) {
      const path = ['exchange_rates', currency, date];
      if (epochSecondsOf(date) === null) problems.push({ path, message: 'is not under a date' });
      if (Number(rate) === 0) problems.push({ path, message: 'is 0' });
    }
  }
  return problems;
}

function hourProblems(card: RateCard): Problem[] {
  return (card.prices ?? []).flatMap((entry, index) =>
    (entry.hours ?? []).flatMap((hours, at) =>
      weekWindowsOf(hours) === null
        ? [{ path: ['prices', index, 'hours', at], message: `is not like "mon-fri 01:00-04:00": ${hours}` }]
        : [],
    ),
  );
}

function intervalProblems(item: { from?: string; until?: string }, path: Path): Problem[] {
  const problems: Problem[] = [];
  for (const key of ['from', 'until'] as const) {
    const text = item[key];
    if (text !== undefined && epochSecondsOf(text) === null) {
      problems.push({ path: [...path, key], message: `is no date: ${text}` });
    }
  }
  const from = item.from === undefined ? null : epochSecondsOf(item.from);
  const until = item.until === undefined ? null : epochSecondsOf(item.until);
  if (from !== null && until !== null && until <= from) {
    problems.push({ path: [...path, 'until'], message: 'is not after from' });
  }
  return problems;
}

function currencyProblems(card: RateCard, currency: string | undefined, path: Path): Problem[] {
  if (currency === undefined || currency === 'USD') return [];
  const rates = card.exchange_rates?.[currency];
  if (rates !== undefined && Object.keys(rates).length > 0) return [];
  return [{ path, message: `is ${currency}, for which exchange_rates has no rate` }];
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  // The innermost node on the way that exists: a key that is missing has no line of its own.
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function printPath(path: Path): string {
  return (
    path.map((step, at) => (isIndex(step) ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('') ||
    'the card'
  );
}

function isIndex(step: string | number): boolean {
  return typeof step === 'number';
}

function unescapePointer(step: string): string | number {
  const text = step.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d{1,6}$/.test(text) ? Number(text) : text;
}
