/** A document for a terminal. */

import { alignTable } from '../report/text-table.ts';
import type { DocumentTable, ReportDocument, Statement } from './document.ts';

/** The document as text, ended by a newline. */
export function documentText(document: ReportDocument): string {
  const { title, figures, tables } = document;
  const lines = figures.map(({ name, value, change }) => [name, value, change?.text ?? '']);
  const head = `${title}, ${document.from ?? 'from the beginning'} to ${document.to ?? 'now'}`;
  return `${[
    printable(head),
    '═'.repeat(head.length),
    ...(lines.length === 0 ? [] : alignTable(lines, 1)),
    ...findings(document),
    ...tables.flatMap(tableLines),
  ].join('\n')}\n`;
}

/** What happened, why and what next, as text that follows other text; empty if there is nothing to say. */
export function findingsText(document: ReportDocument): string {
  const lines = findings(document);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function findings({ happened, why, next }: ReportDocument): string[] {
  return [...section('What happened', happened), ...section('Why', why), ...section('What next', next)];
}

function section(title: string, statements: readonly Statement[]): string[] {
  return statements.length === 0
    ? []
    : ['', title, ...statements.map(({ text }) => `  • ${printable(text)}`)];
}

function tableLines({ title, names, head, rows, note }: DocumentTable): string[] {
  const [first = '', ...lines] = alignTable(
    [head, ...rows].map((row) => row.map(printable)),
    names,
  );
  const rule = '─'.repeat(Math.max(first.length, ...lines.map(({ length }) => length)));
  return ['', title, rule, first, rule, ...lines, ...(note === null ? [] : [note])];
}

/** A value never controls the terminal that it is shown on. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');
}
