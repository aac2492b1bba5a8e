/** One report of a kind: its figures as the API gives them, and the document that is written from them. */

import { BellwetherError } from '@bellwether/events';
import type { BusinessSettings } from '../business/settings.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { readDimensions } from '../report/dimensions.ts';
import { periodOf } from '../report/periods.ts';
import { capacityDocument } from './capacity-document.ts';
import { costDocument } from './cost-document.ts';
import { type DocumentKind, documentKinds, type ReportDocument } from './document.ts';
import { performanceDocument } from './performance-document.ts';
import { roiDocument } from './roi-document.ts';
import { type ReadCompliance, slaDocument } from './sla-document.ts';
import { readStorage } from './storage-figures.ts';

/** What reports are made from. */
export interface DocumentSources {
  readonly connection: LedgerConnection;
  readonly business: BusinessSettings;
  readonly compliance: ReadCompliance;
  readonly dataDirectory: string;
}

/** What is asked. */
export interface DocumentQuestion {
  readonly kind: DocumentKind;
  readonly range: TimeRange;
  /** Dimensions, separated by commas; those of the kind if absent. */
  readonly by?: string | undefined;
  readonly nowMs: number;
}

/** The figures of a kind of report, with the document. */
export interface WithDocument {
  readonly document: ReportDocument;
}

/** Of each kind, how many hours a question is about that names none, and by what it groups. Cost has no bound. */
export const documentDefaults: Readonly<
  Record<DocumentKind, { readonly hours: number | null; readonly by: string }>
> = {
  performance: { hours: 24, by: 'provider,model' },
  cost: { hours: null, by: 'provider' },
  sla: { hours: 720, by: '' },
  roi: { hours: 720, by: 'application' },
  capacity: { hours: 168, by: 'provider,model' },
};

/** Reads the name of a kind. @throws BellwetherError `not_found` for another. */
export function readKind(name: string): DocumentKind {
  const kind = documentKinds.find((known) => known === name);
  if (kind === undefined)
    throw new BellwetherError('not_found', `There is no such report; there are ${documentKinds.join(', ')}.`);
  return kind;
}

/**
 * Makes a report.
 *
 * @throws BellwetherError `invalid_parameter` for dimensions that the kind does not have, `forbidden` for a tenant
 * that asks for objectives, which are of all tenants.
 */
export async function readDocument(
  sources: DocumentSources,
  question: DocumentQuestion,
): Promise<WithDocument> {
  const { connection } = sources;
  const { kind, range, nowMs } = question;
  const { hours, by: usual } = documentDefaults[kind];
  const by = readDimensions(question.by ?? usual);
  const madeAt = new Date(nowMs).toISOString();
  const { tenant = null } = range;
  const period = hours === null && range.from === null ? null : periodOf(range, nowMs, hours ?? 0);
  if (period === null || kind === 'cost')
    return costDocument(connection, { range, period, by, nowMs, madeAt });
  if (kind === 'performance') return performanceDocument(connection, period, by, madeAt);
  if (kind === 'roi') return roiDocument(connection, sources.business, period, by, madeAt);
  if (kind === 'sla') {
    if (tenant !== null)
      throw new BellwetherError('forbidden', 'Objectives are of all tenants, and this token is of one.');
    if (by.length > 0) throw ungrouped('Objectives have groups of their own.');
    return slaDocument(connection, sources.compliance, period, madeAt);
  }
  if (by.some(({ isTime }) => isTime)) throw ungrouped('Load is told minute by minute already.');
  const storage = tenant === null ? await readStorage(connection, sources.dataDirectory, nowMs) : null;
  return capacityDocument(connection, { period, by, madeAt, storage });
}

function ungrouped(message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field: 'by' });
}
