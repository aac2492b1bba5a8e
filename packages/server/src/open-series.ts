/** The series of a server, from wherever they come, as its parts and commands ask for them. */

import { BellwetherError } from '@bellwether/events';
import type { Config } from './config/index.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Outgoing } from './outgoing/index.ts';
import { EverySeries } from './series/every-series.ts';
import { LedgerSeries } from './series/ledger-series.ts';
import { PrometheusQueries } from './series/prometheus.ts';
import { promqlSeries } from './series/promql-series.ts';
import { SampleSeries } from './series/sample-series.ts';
import type { CountingSeriesSource } from './series/series.ts';

/** What the series are of. */
export interface SeriesParts {
  readonly config: Pick<Config, 'analysis' | 'monitoring'>;
  readonly ledger: Ledger;
  /** Null where nothing may be asked outside: then there is no PromQL. */
  readonly outgoing: Outgoing | null;
}

/** Opens them. What is of the ledger is refused with `ledger_unavailable` until it can be asked. */
export function openSeries({ config, ledger, outgoing }: SeriesParts): CountingSeriesSource {
  const requests = new LedgerSeries(ledger.connection);
  const endpoint = config.monitoring.prometheus_endpoint;
  return new EverySeries({
    ledger: {
      ...whenReady(ledger, requests),
      queryMeasures: async (query, measures) => {
        requireReady(ledger);
        return requests.queryMeasures(query, measures);
      },
    },
    samples: whenReady(ledger, new SampleSeries(ledger.connection)),
    promql:
      endpoint === '' || outgoing === null ? null : promqlSeries(new PrometheusQueries(endpoint, outgoing)),
    definitions: config.analysis.series,
  });
}

function whenReady(ledger: Ledger, source: CountingSeriesSource): CountingSeriesSource {
  return {
    query: async (query) => {
      requireReady(ledger);
      return source.query(query);
    },
    count: async (query) => {
      requireReady(ledger);
      return source.count(query);
    },
  };
}

function requireReady({ loader }: Ledger): void {
  if (loader === null) throw new BellwetherError('ledger_unavailable');
}
