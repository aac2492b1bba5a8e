/** The prices in effect, which a reload of the configuration replaces for everyone who holds them. */

import type { RateCard } from './pricing/index.ts';
import { createPricer, type Pricer } from './pricing/pricer.ts';

/** A pricer whose rate cards can be replaced. */
export interface LivePricer extends Pricer {
  /** The configured cards by which it prices now. */
  readonly cards: readonly RateCard[];
  /** Readies other cards. @returns what prices by them from then on. */
  prepare(cards: readonly RateCard[]): () => void;
}

/** Makes one that prices by these cards until others are put in. */
export function livePricer(first: readonly RateCard[]): LivePricer {
  let present = { cards: first, pricer: createPricer({ cards: first }) };
  return {
    get cards() {
      return present.cards;
    },
    price: (usage, detail) => present.pricer.price(usage, detail),
    explain: (usage, detail) => present.pricer.explain(usage, detail),
    prepare(cards) {
      const next = { cards, pricer: createPricer({ cards }) };
      return () => {
        present = next;
      };
    },
  };
}
