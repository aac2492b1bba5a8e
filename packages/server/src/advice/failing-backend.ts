/** A backend that fails more often than the others that serve the same model. */

import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { isLarger } from '../report/larger-share.ts';
import { periodText } from '../report/periods.ts';
import { countText, groupDigits, percentText } from '../report/text-table.ts';
import { type Advice, type Found, perMonth } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN } from './question.ts';
import { parseUsd } from '@bellwether/events';

interface Served {
  readonly provider: string;
  readonly model: string;
  readonly backend: string;
  readonly requests: number;
  readonly errors: number;
  readonly wasted: string | null;
}

const GROUPS_MAX = 2000;
/** How many times as often as the others it fails at the least: a small difference is not worth a change. */
const FACTOR_MIN = 1.5;

/** Looks for them. */
export async function adviseFailingBackend(question: AdviceQuestion): Promise<Found> {
  const { connection, period } = question;
  const served = await readEvents(question, ({ sql, parameters }) =>
    connection.query<Served>(
      `SELECT provider, model, backend_id AS backend, toInt64(count()) AS requests,
         toInt64(countIf(status IN ('error', 'timeout'))) AS errors,
         toString(sumIf(cost_usd, status IN ('error', 'timeout'))) AS wasted
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND backend_id != ''
       GROUP BY provider, model, backend ORDER BY requests DESC LIMIT ${GROUPS_MAX}`,
      parameters,
    ),
  );
  const advice = served.flatMap((one): Advice[] => {
    const others = served.filter(
      (each) => each.provider === one.provider && each.model === one.model && each.backend !== one.backend,
    );
    const [requests, errors] = [sumOf(others, 'requests'), sumOf(others, 'errors')];
    if (one.requests < REQUESTS_MIN || requests < REQUESTS_MIN) return [];
    if (!isLarger({ part: one.errors, whole: one.requests }, { part: errors, whole: requests })) return [];
    const [ratio, usual] = [one.errors / one.requests, errors / requests];
    if (ratio < usual * FACTOR_MIN) return [];
    const fewer = Math.round(one.errors - usual * one.requests);
    return [
      {
        kind: 'failing_backend',
        id: `failing_backend/${[one.backend, one.provider, one.model].map(encodeURIComponent).join('/')}`,
        action: `Send less of ${one.model} to ${one.backend} until it is mended.`,
        saving_usd_per_month: perMonth(savedBy(one, fewer), period),
        gain: `Some ${groupDigits(fewer)} failures fewer in the period: ${percentText(ratio, 2)} of its ${countText(one.requests, 'request')} failed, against ${percentText(usual, 2)} at the other backends.`,
        confidence: 'high',
        evidence: {
          ...periodText(period),
          requests: one.requests,
          path: evidencePath('performance', period, 'provider,model,backend_id'),
          figures: { errors: one.errors, others_requests: requests, others_errors: errors },
        },
        method: `The share of failures against that of the other backends of the same model, by a z test of two proportions beyond three deviations; the saving is what the failures cost that would be fewer.`,
      },
    ];
  });
  return { advice, withheld: [] };
}

/** What the failures cost that would not have been. */
function savedBy({ wasted, errors }: Served, fewer: number): bigint {
  return errors === 0 ? 0n : ((parseUsd(wasted ?? '0') ?? 0n) * BigInt(fewer)) / BigInt(errors);
}

function sumOf(rows: readonly Served[], name: 'requests' | 'errors'): number {
  return rows.reduce((sum, row) => sum + row[name], 0);
}
