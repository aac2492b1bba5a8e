/**
 * A document as one HTML file: nothing is loaded and nothing runs, so that it can be
 * mailed, kept and printed. Elements carry their styles themselves, pictures are SVG
 * within the page.
 */

import type { Chart, DocumentTable, Figure, ReportDocument, Statement } from '../document.ts';
import { barChartSvg } from './bar-chart.ts';
import { darkSheet, inColour } from './colours.ts';
import { printableHtml as escapeHtml } from '../../html-text.ts';
import { lineChartSvg, strokeOf } from './line-chart.ts';

/**
 * The page, ended by a newline.
 *
 * @param base the address of the server that answers the queries behind the numbers, e.g. `http://host:9091`;
 * empty where the page is of that server itself.
 */
export function documentHtml(document: ReportDocument, base: string): string {
  const { title, figures, charts, tables, happened, why, next } = document;
  const link = (path: string, text: string, style = ''): string =>
    `<a href="${escapeHtml(`${base.replace(/\/$/, '')}${path}`)}" ${inColour('link', 'color', style)}>${text}</a>`;
  const period = `${document.from ?? 'From the beginning'} to ${document.to ?? 'now'}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(`${title}, ${period}`)}</title>
<style>${darkSheet()}</style>
</head>
<body ${inColour('ground', 'background', 'margin:0;padding:24px 12px;font-family:system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;')}>
<main style="max-width:940px;margin:0 auto;">
<h1 ${inColour('text', 'color', 'font-size:24px;line-height:1.25;margin:0;')}>${escapeHtml(title)}</h1>
<p ${inColour('faint', 'color', 'margin:4px 0 20px;')}>${escapeHtml(period)}</p>
${figures.length === 0 ? '' : card(figures.map((figure) => figureHtml(figure, link)).join(''))}
${statements('What happened', happened, link)}
${statements('Why', why, link)}
${statements('What next', next, link)}
${charts.map((chart) => chartHtml(chart, link)).join('\n')}
${tables.map((table) => tableHtml(table, link)).join('\n')}
<p ${inColour('faint', 'color', 'font-size:13px;margin:24px 0 0;')}>Made by Bellwether at ${escapeHtml(document.made_at)}. Each link is the query that the number comes from.</p>
</main>
</body>
</html>
`;
}

type Linked = (path: string, text: string, style?: string) => string;

function card(content: string): string {
  return `<section class="card b-card" style="background:#ffffff;border:1px solid #dfe3e9;border-radius:8px;padding:16px 20px;margin:0 0 16px;">${content}</section>`;
}

function heading(text: string): string {
  return `<h2 ${inColour('text', 'color', 'font-size:17px;margin:0 0 8px;')}>${escapeHtml(text)}</h2>`;
}

function figureHtml({ name, value, change, path }: Figure, link: Linked): string {
  const colour = change === null || change.sense === 'neutral' ? 'faint' : change.sense;
  const arrow =
    change === null ? '' : /^[+×]/.test(change.text) ? '▲ ' : change.text.startsWith('−') ? '▼ ' : '';
  const said =
    change === null
      ? ''
      : `<div ${inColour(colour, 'color', 'font-size:13px;')}>${arrow}${escapeHtml(change.text)}${change.sense === 'neutral' ? '' : `, ${change.sense}`}</div>`;
  return `<div style="display:inline-block;vertical-align:top;min-width:130px;margin:0 24px 12px 0;"><div ${inColour('faint', 'color', 'font-size:13px;')}>${escapeHtml(name)}</div><div style="font-size:21px;font-weight:600;">${link(path, escapeHtml(value), 'text-decoration:none;')}</div>${said}</div>`;
}

function statements(title: string, all: readonly Statement[], link: Linked): string {
  if (all.length === 0) return '';
  const items = all.map(
    ({ text, path }) =>
      `<li style="margin:0 0 6px;">${escapeHtml(text)} ${link(path, 'query', 'font-size:13px;')}</li>`,
  );
  return card(
    `${heading(title)}<ul ${inColour('text', 'color', 'margin:0;padding:0 0 0 20px;')}>${items.join('')}</ul>`,
  );
}

/** What is wider than a narrow window keeps its size, so that it can be read, and is moved sideways. */
function scrolled(content: string): string {
  return `<div style="overflow-x:auto;">${content}</div>`;
}

/** Whether there is anything to draw; a picture of nothing is an axis that says less than a sentence does. */
function isEmpty(chart: Chart): boolean {
  return chart.type === 'line'
    ? chart.series.every(({ values }) => values.every((value) => value === null || value === 0))
    : chart.bars.length === 0;
}

function chartHtml(chart: Chart, link: Linked): string {
  if (isEmpty(chart)) return emptyHtml(chart, link);
  const legend =
    chart.type === 'line'
      ? `<p style="margin:0 0 4px;font-size:13px;">${chart.series
          .map(
            ({ name }, i) =>
              `<span ${inColour(strokeOf(i), 'color', 'margin-right:16px;')}>${['—', '- -', '···'][i % 3]} ${escapeHtml(name)}</span>`,
          )
          .join('')}<span ${inColour('faint', 'color')}>in ${escapeHtml(chart.unit)}</span></p>`
      : '';
  const picture = chart.type === 'line' ? lineChartSvg(chart) : barChartSvg(chart);
  return card(
    `${heading(chart.title)}${legend}${scrolled(`<div style="min-width:520px;">${picture}</div>`)}<p style="margin:4px 0 0;font-size:13px;">${link(chart.path, 'query')}</p>`,
  );
}

/** What stands in the place of a picture or a table with nothing in it. */
function emptyHtml({ title, path }: { readonly title: string; readonly path: string }, link: Linked): string {
  return card(
    `${heading(title)}<p ${inColour('faint', 'color', 'margin:0;')}>There is nothing to show for this time. ${link(path, 'query', 'font-size:13px;')}</p>`,
  );
}

function tableHtml(table: DocumentTable, link: Linked): string {
  const { title, names, head, rows, note, path } = table;
  if (rows.length === 0) return emptyHtml(table, link);
  const align = (column: number): string => (column < names ? 'left' : 'right');
  const cells = (row: readonly string[], tag: 'td' | 'th'): string =>
    row
      .map(
        (text, column) =>
          `<${tag}${tag === 'th' ? ' scope="col"' : ''} class="cell ${tag === 'th' ? 'c-faint' : 'c-text'}" style="color:${tag === 'th' ? '#5a6575' : '#1c2430'};text-align:${align(column)};padding:5px 8px;border-bottom:1px solid #dfe3e9;font-weight:${tag === 'th' ? 600 : 400};white-space:${column < names || tag === 'th' ? 'normal' : 'nowrap'};">${escapeHtml(text)}</${tag}>`,
      )
      .join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  const noted =
    note === null
      ? ''
      : `<p ${inColour('faint', 'color', 'font-size:13px;margin:8px 0 0;')}>${escapeHtml(note)}</p>`;
  return card(
    `${heading(title)}${scrolled(`<table style="border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums;"><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table>`)}${noted}<p style="margin:8px 0 0;font-size:13px;">${link(path, 'query')}</p>`,
  );
}
