/**
 * Texts of alerts with places for values: `{{ labels.provider }}`, `{{ value | percent }}`.
 * A template can name what is in this file and nothing else: it has no access to the
 * configuration, to secrets or to where a message goes, and it cannot loop.
 */

import type { Labels } from './matcher.ts';
import { labelOf } from './matcher.ts';

/** What a template can show. */
export interface TemplateValues {
  readonly labels: Labels;
  /** The figure that the condition is about; NaN where there is none. */
  readonly value: number;
  /** The figure it is held against. */
  readonly threshold: number;
  readonly severity: string;
  /** The name of the rule. */
  readonly name: string;
}

/** A template that was read. */
export interface Template {
  readonly text: string;
  render(values: TemplateValues): string;
}

/** A text that is no template. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** The longest text that a template gives. */
export const RENDERED_LENGTH_MAX = 2000;
const PLACES_MAX = 32;

type Show = (value: number) => string;

/** How numbers can be shown. Each gives `no value` for what is no number. */
const filters: Readonly<Record<string, Show>> = {
  /** Four significant digits. */
  number: (value) => String(Number(value.toPrecision(4))),
  /** A share of 1, in percent. */
  percent: (value) => `${String(Number((value * 100).toPrecision(4)))} %`,
  /** US dollars. A figure for people: the exact amount is in the ledger. */
  money: (value) =>
    `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`,
  /** Milliseconds, in the unit that suits. */
  duration: (value) => {
    if (value < 1000) return `${String(Number(value.toPrecision(3)))} ms`;
    if (value < 120_000) return `${String(Number((value / 1000).toPrecision(3)))} s`;
    return `${String(Number((value / 60_000).toPrecision(3)))} min`;
  },
  /** Bytes, in the binary unit that suits. */
  bytes: (value) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
    return `${String(Number((value / 1024 ** power).toPrecision(4)))} ${units[power]}`;
  },
};

/** The names of the filters. */
export const filterNames: readonly string[] = Object.keys(filters);

type Part = (values: TemplateValues) => string;

/**
 * Reads a template.
 *
 * @throws {TemplateError} for a name or a filter that does not exist, and for braces that are not closed.
 * @example parseTemplate('{{ labels.team }} spent {{ value | money }}')
 */
export function parseTemplate(text: string): Template {
  const pieces = text.split(/(\{\{.*?\}\})/s);
  if (pieces.length > PLACES_MAX * 2 + 1) throw new TemplateError(`has more than ${PLACES_MAX} places`);
  const parts = pieces.map((piece): Part => {
    if (piece.startsWith('{{')) return readPlace(piece.slice(2, -2).trim());
    if (piece.includes('{{')) throw new TemplateError('has a {{ without its }}');
    return () => piece;
  });
  return {
    text,
    render: (values) => {
      const rendered = parts.map((part) => part(values)).join('');
      return rendered.length <= RENDERED_LENGTH_MAX
        ? rendered
        : `${rendered.slice(0, RENDERED_LENGTH_MAX - 1).toWellFormed()}…`;
    },
  };
}

function readPlace(place: string): Part {
  const [name = '', filter, ...more] = place.split('|').map((word) => word.trim());
  if (more.length > 0) throw new TemplateError(`has more than one filter in {{ ${place.slice(0, 60)} }}`);
  if (name === 'value' || name === 'threshold') return readFigure(name, filter);
  if (filter !== undefined) throw new TemplateError('has a filter on what is no number');
  if (name === 'severity' || name === 'name') return (values) => values[name];
  const label = /^labels\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(name)?.[1];
  if (label !== undefined) return ({ labels }) => labelOf(labels, label) || 'none';
  throw new TemplateError(
    `names ${JSON.stringify(name.slice(0, 60))}; there are value, threshold, severity, name and labels.NAME`,
  );
}

function readFigure(name: 'value' | 'threshold', filter = 'number'): Part {
  const show = Object.hasOwn(filters, filter) ? filters[filter] : undefined;
  if (show === undefined)
    throw new TemplateError(`has no filter of that name; there are ${filterNames.join(', ')}`);
  return (values) => (Number.isFinite(values[name]) ? show(values[name]) : 'no value');
}
