/** The part that answers with figures of the ledger over time. */

import { seriesRoutes } from './http/series-routes.ts';
import type { Part, PartContext } from './part.ts';
import { LedgerSeries } from './series/ledger-series.ts';

/** Opens it. */
export function ledgerFigures({ clock, stores }: PartContext): Part {
  const { ledger } = stores;
  return { routes: [seriesRoutes(ledger, clock, new LedgerSeries(ledger.connection))] };
}
