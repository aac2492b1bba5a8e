/** The part that answers with figures of the ledger over time. */

import { seriesRoutes } from './http/series-routes.ts';
import type { Part, PartContext } from './part.ts';
import { openSeries } from './open-series.ts';

/** Opens it. */
export function ledgerFigures({ config, clock, outgoing, stores }: PartContext): Part {
  const { ledger } = stores;
  const source = openSeries({ config, ledger, outgoing });
  return { routes: [seriesRoutes(ledger, clock, source, config.analysis.series)] };
}
