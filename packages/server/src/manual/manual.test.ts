import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../html-text.ts';
import { manualFolder } from './folder.ts';
import { Manual } from './manual.ts';
import { renderPage } from './render.ts';
import { ManualSearch } from './search.ts';

const render = (markdown: string, pages: readonly string[] = []): ReturnType<typeof renderPage> =>
  renderPage('operate/a', markdown, (name) => pages.includes(name));

describe('a page', () => {
  it('has no HTML of its own', () => {
    const { html } = render(
      '# A <b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![i](http://x/y.png)',
    );
    expect(html).not.toMatch(/<script|<b>|javascript:|<img/);
    expect(html).toContain('&lt;script&gt;');
  });

  it('leads to other pages, and to nothing that is not there', () => {
    const { html } = render(
      '[b](../start/b.md#c-d) [c](../../monitoring/README.md) [e](https://example.org/)',
      ['start/b'],
    );
    expect(html.match(/href="[^"]*"/g)).toEqual(['href="/docs/start/b#c-d"', 'href="https://example.org/"']);
  });

  it('has a fragment for each heading, none twice', () => {
    const { sections, title } = render('# First `page`\n\ntext one\n\n## Again\n\ntext *two*\n\n## Again\n');
    expect(title).toBe('First page');
    expect(sections).toEqual([
      { id: 'first-page', heading: 'First page', text: 'text one' },
      { id: 'again', heading: 'Again', text: 'text two' },
      { id: 'again-1', heading: 'Again', text: '' },
    ]);
  });
});

describe('search', () => {
  const pages = new Map([
    ['a', render('# Budgets\n\nMoney that is left.\n\n## Reserving\n\nA gateway reserves first.')],
    ['b', render('# Gateways\n\nThey ask budgets before each request.')],
  ]);
  const search = new ManualSearch(pages);

  it('wants every word, and puts titles first', () => {
    expect(search.find('budget').map(({ address }) => address)).toEqual([
      '/docs/a#budgets',
      '/docs/a#reserving',
      '/docs/b#gateways',
    ]);
    expect(search.find('gateway reserves').map(({ address }) => address)).toEqual(['/docs/a#reserving']);
    expect(search.find('gateway nothing')).toEqual([]);
    expect(search.find('  ')).toEqual([]);
  });
});

describe('the documentation', () => {
  const folder = manualFolder() ?? '';
  const manual = new Manual(folder);

  it('has every file as a page', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.md'),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const name of files) expect(manual.page(name.slice(0, -3))).toContain('<h1');
    expect(manual.page('')).toContain('<h1');
    expect(manual.page('runbooks')).toContain('/docs/runbooks/ServiceDown');
    expect(manual.page('../package')).toBeNull();
  });

  it('has every fragment that it leads to', () => {
    const ids = new Map(
      [...manual.pages].map(([name, { sections }]) => [name, new Set(sections.map(({ id }) => id))]),
    );
    const broken = [...manual.pages].flatMap(([name, { html }]) =>
      [...html.matchAll(/href="\/docs\/([^"#]*)#([^"]*)"/g)]
        .filter(([, page = '', id = '']) => !(ids.get(page) ?? ids.get(`${page}/README`))?.has(id))
        .map(([, page, id]) => `${name} leads to ${page}#${id}`),
    );
    expect(broken).toEqual([]);
  });

  it('is found by what somebody asks', () => {
    expect(manual.search('restore backup')).toContain('/docs/operate/backup');
    const excerpts = [...manual.search('ledger').matchAll(/<p>… (\S+) .*? (\S+) …<\/p>/g)];
    const words = new Set(
      [...manual.pages.values()]
        .flatMap(({ sections }) => sections.flatMap(({ text }) => text.split(/\s+/)))
        .map(escapeHtml),
    );
    expect(excerpts.length).toBeGreaterThan(5);
    expect(excerpts.flatMap(([, first, last]) => [first, last]).filter((word) => !words.has(word!))).toEqual(
      [],
    );
    // In the order in which somebody needs them.
    expect(manual.page('')?.indexOf('>First steps</a></li>')).toBeLessThan(
      manual.page('')?.indexOf('>Inside an application</a></li>') ?? 0,
    );
    expect(manual.search('"><script>')).not.toContain('<script>');
  });
});
