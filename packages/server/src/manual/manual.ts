/** The documentation as pages for a browser. Read and rendered when it is first asked for, and then kept. */

import { readPages } from './folder.ts';
import { hitList, navigation, wholePage } from './page.ts';
import { type RenderedPage, renderPage } from './render.ts';
import { ManualSearch } from './search.ts';

/** The pages of one folder. */
export class Manual {
  readonly pages: ReadonlyMap<string, RenderedPage>;
  readonly #navigation: string;
  readonly #search: ManualSearch;

  /** Reads and renders them all. */
  constructor(folder: string) {
    const texts = readPages(folder);
    this.pages = new Map(
      [...texts].map(([name, text]) => [name, renderPage(name, text, (other) => texts.has(other))]),
    );
    this.#navigation = navigation(this.pages);
    this.#search = new ManualSearch(this.pages);
  }

  /** The page at a path below `/docs`, e.g. `operate/running`, or `null` if there is none. */
  page(path: string): string | null {
    const folder = path === '' ? 'README' : `${path}/README`;
    const page = this.pages.get(path) ?? this.pages.get(folder);
    return page === undefined ? null : wholePage(page.title, page.html, this.#navigation);
  }

  /** The page with what a search has found. */
  search(query: string): string {
    return wholePage('Search', hitList(query, this.#search.find(query)), this.#navigation, query);
  }
}
