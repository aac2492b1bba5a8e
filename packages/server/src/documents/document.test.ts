import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from './document.ts';
import { documentText } from './document-text.ts';
import { isLarger } from '../report/larger-share.ts';
import { barChartSvg } from './html/bar-chart.ts';
import { documentHtml } from './html/document-html.ts';
import { strictHtml } from './html/strict-html.ts';
import { lineChartSvg } from './html/line-chart.ts';
import { alongSteps, labelsOf, timelineOf } from './timeline.ts';
import { changeOf, moved, ms, pathTo, usd } from './words.ts';

const at = (text: string) => ({ epochSeconds: Date.parse(text) / 1000, nanoseconds: 0 });

const evil = '<script>alert("1")</script>';
const document: ReportDocument = {
  kind: 'cost',
  title: 'Cost',
  from: '2026-11-01T00:00:00Z',
  to: null,
  made_at: '2026-11-02T00:00:00Z',
  figures: [
    {
      name: 'Cost',
      value: '$1.50',
      change: { text: '+10.0 %', sense: 'worse' },
      path: '/api/v1/costs?a=1&b=2',
    },
  ],
  happened: [{ text: `${evil} cost more.`, path: '/api/v1/costs' }],
  why: [],
  next: [],
  charts: [
    {
      type: 'line',
      title: evil,
      unit: evil,
      times: ['a', evil],
      series: [{ name: evil, values: [1, null] }],
      path: '/',
    },
    { type: 'bar', title: evil, bars: [{ name: evil, value: -1, text: evil }], path: '/' },
  ],
  tables: [{ title: evil, names: 1, head: ['a', 'b'], rows: [[evil, '2']], note: evil, path: '/' }],
};

describe('a document as HTML', () => {
  const html = documentHtml(document, 'http://server:9091/');

  it('has nothing in it that runs or is loaded, whatever the values are', () => {
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(| on\w+=/);
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; cost more.');
  });

  it('needs no inline style when a server answers with it, and its policy permits none', () => {
    const strict = strictHtml(html);
    expect(html).toMatch(/ style="/);
    expect(strict.html).not.toMatch(/<[^>]* style=/);
    expect(strict.policy).not.toContain('unsafe');
    const [, sheet = ''] = /<style>(.*?)<\/style>/s.exec(strict.html) ?? [];
    expect(strict.policy).toContain(`'sha256-${createHash('sha256').update(sheet).digest('base64')}'`);
    // Every style that an element had is what the rule of its number says.
    const styles = [...html.matchAll(/ style="([^"]*)"/g)].map(([, style]) => style);
    const numbers = [...strict.html.matchAll(/ data-style="(\d+)"/g)].map(([, number]) => number);
    const rules = new Map(
      [...sheet.matchAll(/\[data-style="(\d+)"\]\{([^}]*)\}/g)].map(([, number, style]) => [number, style]),
    );
    expect(numbers.map((number) => rules.get(number))).toEqual(styles);
  });

  it('leads from a number to its query, at the address of the server', () => {
    expect(html).toContain('href="http://server:9091/api/v1/costs?a=1&amp;b=2"');
  });

  it('closes every element that it opens', () => {
    const empty = new Set(['meta', 'line', 'rect', 'polyline', 'circle']);
    const open: string[] = [];
    for (const [, end = '', name = ''] of html.matchAll(/<(\/?)([a-z]+\d?)[^>]*>/g)) {
      if (end === '/' && open.at(-1) === name) open.pop();
      else if (!empty.has(name)) open.push(`${end}${name}`);
    }
    expect(open).toEqual([]);
  });

  it('says so where there is nothing to show, instead of an axis and a head alone', () => {
    const charts: ReportDocument['charts'] = [
      { type: 'line', title: 'L', unit: 'u', times: ['1'], series: [{ name: 'n', values: [0] }], path: '/' },
      { type: 'bar', title: 'B', bars: [], path: '/' },
    ];
    const tables = [{ ...document.tables[0]!, rows: [] }];
    const nothing = documentHtml({ ...document, charts, tables }, '');
    expect(nothing).not.toMatch(/<svg|<table/);
    expect(nothing.match(/There is nothing to show for this time\./g)).toHaveLength(3);
  });

  it('says whether a change is for the better in words, not by colour alone', () => {
    expect(html).toContain('▲ +10.0 %, worse');
  });
});

describe('pictures', () => {
  it('breaks a line where there is no value, and describes itself', () => {
    const svg = lineChartSvg({
      type: 'line',
      title: 'Requests',
      unit: 'requests',
      times: ['1', '2', '3', '4'],
      series: [{ name: 'all', values: [0, 10, null, 5] }],
      path: '/',
    });
    expect(svg.match(/<polyline points="[^"]*"/g)).toEqual(['<polyline points="64.0,192.0 265.3,12.0"']);
    expect(svg).toContain('<circle cx="668.0" cy="102.0"');
    expect(svg).toContain('<desc>all: from 0 to 10 requests, 5 at the end.</desc>');
  });

  it('draws nothing where there is nothing', () => {
    expect(
      lineChartSvg({ type: 'line', title: 't', unit: 'u', times: [], series: [], path: '/' }),
    ).not.toContain('NaN');
    expect(barChartSvg({ type: 'bar', title: 't', bars: [], path: '/' })).not.toContain('NaN');
  });

  it('draws bars in proportion', () => {
    const bars = [4, -1].map((value) => ({ name: 'n', value, text: 't' }));
    const widths = barChartSvg({ type: 'bar', title: 't', bars, path: '/' }).match(/width="\d+\.\d"/g);
    expect(widths).toEqual(['width="320.0"', 'width="80.0"']);
  });
});

describe('a document as text', () => {
  it('has all of it, in columns', () => {
    expect(
      documentText({
        ...document,
        charts: [],
        tables: [{ ...document.tables[0]!, rows: [['x\u001B[31m', '2']], note: null }],
      }),
    ).toBe(
      `Cost, 2026-11-01T00:00:00Z to now
═════════════════════════════════
Cost  $1.50  +10.0 %

What happened
  • ${evil} cost more.

${evil}
─────────
a       b
─────────
x\u{FFFD}[31m  2
`,
    );
  });
});

describe('the steps of a chart', () => {
  it('has every hour of a day and knows those without requests', () => {
    const timeline = timelineOf({ from: at('2026-11-01T22:30:00Z'), to: at('2026-11-02T01:00:00Z') });
    expect(timeline).toEqual({
      by: 'hour',
      steps: ['2026-11-01T22:00:00Z', '2026-11-01T23:00:00Z', '2026-11-02T00:00:00Z'],
    });
    const rows = [{ key: { hour: '2026-11-01T23:00:00Z' }, n: 7 }];
    expect(alongSteps(timeline, rows, ({ n }) => n, 0)).toEqual([0, 7, 0]);
    expect(labelsOf(timeline)).toEqual(['11-01 22:00', '11-01 23:00', '11-02 00:00']);
  });

  it('has days beyond a week', () => {
    const { by, steps } = timelineOf({ from: at('2026-11-01T00:00:00Z'), to: at('2026-11-10T00:00:00Z') });
    expect([by, steps.length, steps.at(-1)]).toEqual(['day', 9, '2026-11-09']);
  });
});

describe('evidence', () => {
  it.each([
    [{ part: 30, whole: 100 }, { part: 10, whole: 100 }, true],
    [{ part: 3, whole: 10 }, { part: 1, whole: 10 }, false],
    [{ part: 10, whole: 100 }, { part: 30, whole: 100 }, false],
    [{ part: 1, whole: 1 }, { part: 0, whole: 0 }, false],
    [{ part: 5, whole: 5 }, { part: 5, whole: 5 }, false],
  ])('of %j against %j', (a, b, larger) => {
    expect(isLarger(a, b)).toBe(larger);
  });
});

describe('words', () => {
  it('tells changes', () => {
    expect(changeOf(110, 100, 'less')).toEqual({ text: '+10.0 %', sense: 'worse' });
    expect(changeOf(90, 100, 'less')).toEqual({ text: '−10.0 %', sense: 'better' });
    expect(changeOf(1200, 100, 'neither')).toEqual({ text: '× 12', sense: 'neutral' });
    expect(changeOf(1, 0, 'more')).toBeNull();
    expect([moved(3, 2), moved(1, 2), moved(2, 2), moved(0, 0), moved(2, 0)]).toEqual([
      'rose by 50.0 %',
      'fell by 50.0 %',
      'stayed the same',
      'stayed at nothing',
      'began, from nothing before',
    ]);
  });

  it('tells amounts', () => {
    expect([usd('1234.5'), usd('-0.25'), usd('0.000000000001'), ms(9.96), ms(1234.5), ms(null)]).toEqual([
      '$1,234.5000',
      '−$0.2500',
      '$0.000000000001',
      '10 ms',
      '1,235 ms',
      '–',
    ]);
    expect(pathTo('/a', { from: null, by: 'x,y' })).toBe('/a?by=x%2Cy');
  });
});
