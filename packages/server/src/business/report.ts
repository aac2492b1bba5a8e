/** The business report: what traffic was worth, who used it, how, and how content they were. */

import { formatRfc3339 } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import type { Dimension } from '../report/dimensions.ts';
import { type Adoption, readAdoption } from './adoption.ts';
import { readSatisfaction, type Satisfaction } from './satisfaction.ts';
import type { BusinessSettings } from './settings.ts';
import { readUsage, type Usage } from './usage.ts';
import { readWorth, type WorthFigures, type WorthRow } from './worth.ts';

/** The report. */
export interface BusinessReport {
  /** RFC 3339; `null` for the beginning of the history, and for now. */
  readonly from: string | null;
  readonly to: string | null;
  readonly by: readonly string[];
  /** Most requests first. */
  readonly rows: readonly WorthRow[];
  /** True if there are more groups than rows; the total holds them all. */
  readonly truncated: boolean;
  readonly total: WorthFigures;
  readonly adoption: Adoption;
  readonly usage: Usage;
  readonly satisfaction: Satisfaction;
}

/** Reads the report from the ledger. */
export async function readBusiness(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
  settings: BusinessSettings,
): Promise<BusinessReport> {
  const worth = await readWorth(connection, range, by, settings);
  return {
    from: range.from === null ? null : formatRfc3339(range.from),
    to: range.to === null ? null : formatRfc3339(range.to),
    by: by.map(({ name }) => name),
    rows: worth.rows,
    truncated: worth.truncated,
    total: worth.total,
    adoption: await readAdoption(connection, range),
    usage: await readUsage(connection, range),
    satisfaction: await readSatisfaction(connection, range),
  };
}
