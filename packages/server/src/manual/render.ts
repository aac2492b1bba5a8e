/** A page of the documentation: Markdown to HTML that needs no script and may contain no HTML of its own. */

import { escapeHtml } from '../html-text.ts';
import { Marked, type Tokens } from 'marked';
import { posix } from 'node:path';

/** A heading with what stands below it, up to the next one. */
export interface Section {
  /** The fragment of the address that leads to it; empty for what stands before any heading. */
  readonly id: string;
  readonly heading: string;
  readonly text: string;
}

export interface RenderedPage {
  readonly title: string;
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Where pages are answered. */
export const BASE = '/docs';

/** The address of a page: `/docs/operate/running`, and `/docs/runbooks` for the page of a folder. */
export function addressOf(name: string): string {
  const short = name.replace(/(^|\/)README$/, '');
  return short === '' ? BASE : `${BASE}/${short}`;
}

/**
 * Renders a page.
 *
 * @param name of the page; links are relative to it
 * @param isPage whether a name is that of a page: links to other files become plain text
 */
export function renderPage(name: string, markdown: string, isPage: (name: string) => boolean): RenderedPage {
  const ids = new Set<string>();
  const sections: Section[] = [];
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const id = uniqueId(plain(tokens), ids);
        sections.push({ id, heading: plain(tokens), text: '' });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const text = this.parser.parseInline(tokens);
        const target = resolveLink(name, href, isPage);
        return target === null ? text : `<a href="${escapeHtml(target)}">${text}</a>`;
      },
      image: ({ text }: Tokens.Image): string => escapeHtml(text),
      // Comments in generated pages are for those who edit them; other HTML is shown as it is written.
      html: ({ text }: Tokens.HTML | Tokens.Tag): string =>
        /^\s*<!--[\s\S]*-->\s*$/.test(text) ? '' : escapeHtml(text),
      table(token: Tokens.Table): string {
        const row = (cells: readonly Tokens.TableCell[], tag: string): string =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        const head = token.header.some(({ text }) => text !== '')
          ? `<thead>${row(token.header, 'th')}</thead>`
          : '';
        const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
        return `<div class="wide"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { title: sections[0]?.heading ?? name, html, sections: withTexts(sections, markdown) };
}

/** Adds to each heading the words below it. */
function withTexts(sections: readonly Section[], markdown: string): readonly Section[] {
  const parts: string[] = [];
  for (const token of new Marked({ gfm: true }).lexer(markdown)) {
    if (token.type === 'heading') parts.push('');
    else if (parts.length > 0) parts[parts.length - 1] += `${token.raw}\n`;
  }
  return sections.map((section, index) => ({ ...section, text: withoutMarks(parts[index] ?? '') }));
}

/** Markdown as somebody reads it: without the addresses of links and the marks of tables and code. */
function withoutMarks(markdown: string): string {
  return markdown
    .replaceAll(/\]\([^)]*\)/g, ' ')
    .replaceAll(/^\|?[-|: ]+\|?$/gm, ' ')
    .replaceAll(/[`*|[\]#>]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function plain(tokens: readonly { readonly raw: string }[]): string {
  return withoutMarks(tokens.map(({ raw }) => raw).join(''));
}

/** As the forges make them, so that links work in both places. */
function uniqueId(heading: string, taken: Set<string>): string {
  const base = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
  let id = base;
  for (let again = 1; taken.has(id); again++) id = `${base}-${again}`;
  taken.add(id);
  return id;
}

/** Where a link leads, or `null` if there is nothing here that it leads to. */
function resolveLink(from: string, href: string, isPage: (name: string) => boolean): string | null {
  if (/^https?:\/\//.test(href) || href.startsWith('#')) return href;
  if (/^[a-z]+:/i.test(href)) return null;
  const [path = '', fragment] = href.split('#');
  const name = posix.join(posix.dirname(from), path).replace(/\.md$/, '');
  if (!path.endsWith('.md') || !isPage(name)) return null;
  return addressOf(name) + (fragment === undefined ? '' : `#${fragment}`);
}
