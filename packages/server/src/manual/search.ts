/** Search in the documentation: sections that have every word, the most to the point first. */

import { addressOf, type RenderedPage, type Section } from './render.ts';

/** What was found. */
export interface Hit {
  readonly address: string;
  readonly page: string;
  readonly heading: string;
  /** Some words around the first that was asked for. */
  readonly excerpt: string;
}

interface Entry extends Section {
  readonly address: string;
  readonly page: string;
  readonly words: { readonly page: string; readonly heading: string; readonly text: string };
}

const HITS_MAX = 30;
const QUERY_CHARACTERS_MAX = 200;
const EXCERPT_CHARACTERS = 160;
/** How much a word counts by where it stands. */
const weights = { page: 8, heading: 5, text: 1 };

/** An index over all pages. */
export class ManualSearch {
  readonly #entries: readonly Entry[];

  constructor(pages: ReadonlyMap<string, RenderedPage>) {
    this.#entries = [...pages].flatMap(([name, { title, sections }]) =>
      sections.map((section) => ({
        ...section,
        address: `${addressOf(name)}#${section.id}`,
        page: title,
        words: {
          page: title.toLowerCase(),
          heading: section.heading.toLowerCase(),
          text: section.text.toLowerCase(),
        },
      })),
    );
  }

  /** The sections in which every word of the query stands, as a whole word or its beginning or within one; at most 30. */
  find(query: string): readonly Hit[] {
    const words = query.slice(0, QUERY_CHARACTERS_MAX).toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    return this.#entries
      .map((entry) => ({ entry, score: score(entry, words) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, HITS_MAX)
      .map(({ entry }) => ({
        address: entry.address,
        page: entry.page,
        heading: entry.heading,
        excerpt: excerpt(entry, words),
      }));
  }
}

/** 0 unless every word is somewhere; the beginning of a word counts twice what its middle does. */
function score({ words: places }: Entry, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    let best = 0;
    for (const place of ['page', 'heading', 'text'] as const) {
      const at = places[place].indexOf(word);
      if (at === -1) continue;
      const begins = at === 0 || /[^\p{L}\p{N}]/u.test(places[place][at - 1] ?? '');
      best += weights[place] * (begins ? 2 : 1);
    }
    if (best === 0) return 0;
    sum += best;
  }
  return sum;
}

function excerpt({ text, words: places }: Entry, words: readonly string[]): string {
  const first = Math.min(...words.map((word) => places.text.indexOf(word)).filter((at) => at >= 0));
  const from = Number.isFinite(first) ? Math.max(0, first - EXCERPT_CHARACTERS / 2) : 0;
  const [before, after] = [text.slice(0, from), text.slice(from + EXCERPT_CHARACTERS)];
  // Words that are cut are left out.
  const whole = text
    .slice(from, from + EXCERPT_CHARACTERS)
    .replace(/\S$/.test(before) ? /^\S*\s+/ : /^\s+/, '')
    .replace(/^\S/.test(after) ? /\s+\S*$/ : /\s+$/, '');
  return `${before === '' ? '' : '… '}${whole}${after.trim() === '' ? '' : ' …'}`;
}
