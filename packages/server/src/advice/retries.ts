/** Storms of retries: the same work sent again and again within a minute. */

import { parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { periodText } from '../report/periods.ts';
import { countText, groupDigits } from '../report/text-table.ts';
import { type Advice, type Found, perMonth } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN } from './question.ts';

/** Failed attempts of one piece of work from which they are a storm, each within a minute of the others in the mean. */
const FAILED_MIN = 3;
const STORMS_MIN = 5;
const APPLICATIONS_MAX = 100;
/** Failed requests that are looked at; of more, those of some correlation ids, chosen by their hash. */
const FAILED_MAX = 100_000;

interface Application {
  readonly application: string;
  readonly requests: number;
  readonly named: number;
  readonly failed: number;
}

interface Storms {
  readonly application: string;
  readonly storms: number;
  readonly attempts: number;
  readonly wasted: string | null;
}

/** Looks for them: attempts share a correlation id. */
export async function adviseRetries(question: AdviceQuestion): Promise<Found> {
  const { connection } = question;
  return readEvents(question, async ({ sql, parameters }) => {
    const applications = await connection.query<Application>(
      `SELECT application, toInt64(count()) AS requests, toInt64(countIf(correlation_id != '')) AS named,
         toInt64(countIf(status != 'success' AND correlation_id != '')) AS failed
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY application
       HAVING requests >= {least:UInt32} ORDER BY requests DESC LIMIT ${APPLICATIONS_MAX}`,
      { ...parameters, least: REQUESTS_MIN },
    );
    const failed = applications.reduce((sum, each) => sum + each.failed, 0);
    const sampled = Math.max(1, Math.ceil(failed / FAILED_MAX));
    const storms = await connection.query<Storms>(
      `SELECT application, toInt64(countIf(n >= ${FAILED_MIN} AND last <= first + INTERVAL 60 * n SECOND)) AS storms,
         toInt64(sumIf(n, n >= ${FAILED_MIN} AND last <= first + INTERVAL 60 * n SECOND)) AS attempts,
         toString(sumIf(cost, n >= ${FAILED_MIN} AND last <= first + INTERVAL 60 * n SECOND)) AS wasted
       FROM (
         SELECT application, correlation_id, count() AS n, sum(cost_usd) AS cost, min(timestamp) AS first, max(timestamp) AS last
         FROM ${LEDGER_DATABASE}.events
         WHERE ${sql} AND status != 'success' AND correlation_id != '' AND cityHash64(correlation_id) % {one_in:UInt32} = 0
         GROUP BY tenant, application, correlation_id
       ) GROUP BY application`,
      { ...parameters, one_in: sampled },
    );
    const byName = new Map(storms.map((row) => [row.application, row]));
    const found = applications.map((each) => judge(question, each, byName.get(each.application), sampled));
    return {
      advice: found.flatMap(({ advice }) => advice),
      withheld: found.flatMap(({ withheld }) => withheld),
    };
  });
}

function judge(
  { period }: AdviceQuestion,
  { application, requests, named }: Application,
  seen: Storms | undefined,
  sampled: number,
): Found {
  const about = application || '(no application)';
  if (named < REQUESTS_MIN) {
    const reason = `${groupDigits(named)} of its ${countText(requests, 'request')} have a correlation id; without one attempts cannot be told from other work.`;
    return { advice: [], withheld: [{ kind: 'retries', about, reason }] };
  }
  const [storms, attempts] = [(seen?.storms ?? 0) * sampled, (seen?.attempts ?? 0) * sampled];
  if (seen === undefined || seen.storms < STORMS_MIN) return { advice: [], withheld: [] };
  const some = sampled === 1 ? '' : ` One in ${sampled} correlation ids was looked at, chosen by its hash.`;
  const advice: Advice = {
    kind: 'retries',
    id: `retries/${encodeURIComponent(application)}`,
    action: `Have ${about} wait longer between attempts, with some chance in it, and give up sooner.`,
    saving_usd_per_month: perMonth((parseUsd(seen.wasted ?? '0') ?? 0n) * BigInt(sampled), period),
    gain: `${countText(storms, 'time')} the same work failed ${FAILED_MIN} times or more in quick succession, ${countText(attempts, 'request')} in all.`,
    confidence: 'high',
    evidence: {
      ...periodText(period),
      requests: attempts,
      path: evidencePath('performance', period, 'application,error_type'),
      figures: { storms, attempts },
    },
    method: `Failed requests of one correlation id, ${FAILED_MIN} or more, a minute apart at most in the mean; the saving is what they cost.${some}`,
  };
  return { advice: [advice], withheld: [] };
}
