/** The hours of a period as `load-effects.ts` wants them: by the model and by how many requests it had. */

import { BellwetherError } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { BAND_RATIO, BUCKET_RATIO, type LoadOutcome, type LoadStep } from './load-effects.ts';
import { type AdviceQuestion, readEvents } from './question.ts';

/** Models that are looked at, those with the most requests; of the others it is not known. */
const MODELS_MAX = 50;
/** Rows of an answer: fifty models with twenty bands of five hundred latencies. */
const ROWS_MAX = 500_000;

const HOUR = 'toInt64(intDiv(toUnixTimestamp64Second(timestamp), 3600))';

/** What was read. */
export interface Loads {
  readonly steps: readonly LoadStep[];
  readonly outcomes: readonly LoadOutcome[];
}

/**
 * Reads them.
 *
 * @param aside hours that do not count.
 * @throws BellwetherError `invalid_parameter` if they are too many rows.
 */
export function readLoads(
  question: AdviceQuestion,
  aside: readonly number[],
  factor: number,
): Promise<Loads> {
  return readEvents(question, async ({ sql, parameters }) => {
    const { connection } = question;
    const events = `${LEDGER_DATABASE}.events WHERE ${sql}`;
    const within = `${events} AND ${HOUR} NOT IN (SELECT arrayJoin(JSONExtract({aside:String}, 'Array(Int64)')))
      AND (provider, model) IN (SELECT provider, model FROM ${events} GROUP BY provider, model
        ORDER BY count() DESC, provider, model LIMIT ${MODELS_MAX})`;
    // The hours of a model, each with its load.
    const hours = `(SELECT provider, model, ${HOUR} AS hour, toInt64(count()) AS load,
        ${logarithm('load', BAND_RATIO)} AS band FROM ${within} GROUP BY provider, model, hour)`;
    const given = { ...parameters, aside: JSON.stringify(aside), factor };
    const steps = await connection.query<LoadStep>(
      `SELECT provider, model, band, ${logarithm('load * {factor:Float64}', BAND_RATIO)} AS scaled_band,
         toInt64(count()) AS hours, toInt64(sum(load)) AS requests, max(load) AS busiest
       FROM ${hours} GROUP BY provider, model, band, scaled_band LIMIT ${ROWS_MAX}`,
      given,
    );
    const outcomes = await connection.query<LoadOutcome>(
      `SELECT provider, model, band, bucket, toInt64(count()) AS requests,
         toInt64(countIf(status != 'success')) AS errors, toInt64(countIf(error_type = 'rate_limit')) AS limited
       FROM (SELECT provider, model, ${HOUR} AS hour, status, error_type,
           ${logarithm('greatest(latency_ms, 0.001)', BUCKET_RATIO)} AS bucket FROM ${within}) AS requests
       INNER JOIN ${hours} AS hours USING (provider, model, hour)
       GROUP BY provider, model, band, bucket LIMIT ${ROWS_MAX}`,
      given,
    );
    if (outcomes.length === ROWS_MAX)
      throw new BellwetherError(
        'invalid_parameter',
        'The period has too many loads and latencies; take a shorter one.',
        {
          field: 'from',
        },
      );
    return { steps, outcomes };
  });
}

/** The whole part of the logarithm of an expression of this program. */
function logarithm(expression: string, base: number): string {
  return `toInt32(floor(log(${expression}) / log(${base})))`;
}
