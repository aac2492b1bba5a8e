/** The prices in effect, which a reload of the configuration replaces for everyone who holds them. */

import type { Pricer } from './pricing/index.ts';

/** A pricer that can be replaced. */
export interface LivePricer extends Pricer {
  /** Prices by another one from now on. */
  replace(pricer: Pricer): void;
}

/** Makes one that prices as `first` does until it is replaced. */
export function livePricer(first: Pricer): LivePricer {
  let present = first;
  return {
    price: (usage, detail) => present.price(usage, detail),
    explain: (usage, detail) => present.explain(usage, detail),
    replace: (pricer) => {
      present = pricer;
    },
  };
}
