/** What is around a page of the documentation: its head, the way to the other pages, the search. */

import { escapeHtml } from '../html-text.ts';
import { addressOf, BASE, type RenderedPage } from './render.ts';
import type { Hit } from './search.ts';

/** Folders in the order in which somebody needs them. */
const folders = ['start', 'guides', 'concepts', 'operate', 'reference', 'runbooks', 'decisions'];

/** The way to all pages, by folder; in the order in which the first page names them, then those that it does not name. */
export function navigation(pages: ReadonlyMap<string, RenderedPage>): string {
  const named = pages.get('README')?.html ?? '';
  const placeOf = (name: string): number => {
    const place = named.indexOf(`"${addressOf(name)}"`);
    return place === -1 ? named.length : place;
  };
  return folders
    .map((folder) => {
      const links = [...pages]
        .filter(([name]) => name.startsWith(`${folder}/`) && !name.endsWith('/README'))
        .toSorted(([a], [b]) => placeOf(a) - placeOf(b))
        .map(([name, { title }]) => `<li><a href="${addressOf(name)}">${escapeHtml(title)}</a></li>`);
      return links.length === 0
        ? ''
        : `<details${links.length < 40 ? ' open' : ''}><summary>${folder}</summary><ul>${links.join('')}</ul></details>`;
    })
    .join('\n');
}

/** A whole page. */
export function wholePage(title: string, body: string, nav: string, query = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Bellwether</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${BASE}/style.css">
</head>
<body>
<header><a href="${BASE}">Bellwether</a>
<form action="${BASE}/search" role="search"><input type="search" name="q" value="${escapeHtml(query)}" maxlength="200" placeholder="Search" aria-label="Search the documentation"><button>Search</button></form>
</header>
<nav aria-label="All pages">${nav}</nav>
<main>
${body}
</main>
</body>
</html>
`;
}

/** What a search has found. */
export function hitList(query: string, hits: readonly Hit[]): string {
  const items = hits.map(
    ({ address, page, heading, excerpt }) =>
      `<li><a href="${escapeHtml(address)}">${escapeHtml(page === heading ? page : `${page}: ${heading}`)}</a><p>${escapeHtml(excerpt)}</p></li>`,
  );
  const found = hits.length === 0 ? '<p>Nothing has all of these words.</p>' : `<ol>${items.join('\n')}</ol>`;
  return `<h1>Search</h1>\n<p>for <q>${escapeHtml(query)}</q></p>\n${found}`;
}

/** The style sheet. */
export const style = `:root { color-scheme: light dark; --line: #8884; --accent: light-dark(#0b5cad, #7db8f5); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template: auto 1fr / 17rem minmax(0, 1fr); }
header { grid-column: 1 / -1; display: flex; gap: 1rem; justify-content: space-between; padding: .6rem 1.2rem; border-bottom: 1px solid var(--line); }
header > a { font-weight: 700; text-decoration: none; }
input, button { font: inherit; padding: .15rem .5rem; }
a { color: var(--accent); }
nav { padding: 1rem 1.2rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { list-style: none; margin: .2rem 0 .8rem; padding: 0; }
nav a { text-decoration: none; }
summary { font-weight: 600; text-transform: capitalize; cursor: pointer; }
main { padding: 1rem 2rem 4rem; max-width: 60rem; min-width: 0; overflow-wrap: break-word; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: 4px; font-size: .85rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-size: .92rem; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
@media (max-width: 50rem) {
  body { display: flex; flex-direction: column; }
  nav { order: 1; border-right: 0; border-top: 1px solid var(--line); }
  header { flex-wrap: wrap; }
  main { padding: 0 1.2rem 2rem; max-width: 100%; }
}
`;
