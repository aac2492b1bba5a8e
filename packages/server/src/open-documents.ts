/** The reports as a part of the server. */

import { businessSettings } from './business/settings.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import type { DocumentSources } from './documents/read-document.ts';
import { documentRoutes } from './http/document-routes.ts';
import { silentLog } from './log.ts';
import { complianceOf } from './objectives/compliance.ts';
import { makeObjectives } from './open-objectives.ts';
import type { Outgoing } from './outgoing/index.ts';
import type { Part, PartContext } from './part.ts';
import type { Stores } from './stores.ts';

/** Opens the part. */
export function openDocuments({ config, clock, outgoing, stores }: PartContext): Part {
  const sources = documentSources({ config, clock, outgoing, stores });
  const externalUrl = (): string => config.notifications.external_url;
  return { routes: [documentRoutes({ sources, ledger: stores.ledger, clock, externalUrl })] };
}

/** What reports are made from, in a server and without one. */
export function documentSources({
  config,
  clock,
  outgoing,
  stores: { ledger, journal },
}: {
  readonly config: Config;
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  readonly stores: Pick<Stores, 'ledger' | 'journal'>;
}): DocumentSources {
  const { connection } = ledger;
  // These are only asked for their definitions: violations are found and noted elsewhere.
  const { objectives, reader } = makeObjectives(
    { config, clock, log: silentLog, outgoing, ledger, journal },
    { store: null, onViolation: () => undefined, onJudged: () => undefined },
  );
  return {
    connection,
    business: businessSettings(config),
    dataDirectory: config.storage.data_dir,
    compliance: async (range) => {
      const reports = [];
      for (const { definition } of objectives.all)
        reports.push(
          await complianceOf({ connection, reader }, definition, { range, by: null }, clock.nowMs()),
        );
      return reports;
    },
  };
}
