/** Prompts that repeat what the request before them said, and that no cache serves. */

import { formatUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { both } from '../ledger/time-range.ts';
import { periodText } from '../report/periods.ts';
import { countText, groupDigits, percentText } from '../report/text-table.ts';
import { type Advice, type Found, perMonth, type Withheld } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN, valuesCondition } from './question.ts';
import { pricingText, reprice, type UsedRequest } from './reprice.ts';

/** Tokens of a prefix below which providers do not cache it. */
const PREFIX_TOKENS_MIN = 1024;
/** How long a provider keeps a prefix that was just used. */
const KEPT_SECONDS = 300;
const MODELS_MAX = 10;

interface Model {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly in_sessions: number;
  readonly input: number;
  readonly cached: number;
}

/** Looks for them. */
export async function advisePromptCaching(question: AdviceQuestion): Promise<Found> {
  const { connection } = question;
  const models = await readEvents(question, ({ sql, parameters }) =>
    connection.query<Model>(
      `SELECT provider, model, toInt64(count()) AS requests, toInt64(countIf(session_id != '')) AS in_sessions,
         toFloat64(ifNull(sum(input_tokens), 0)) AS input, toFloat64(ifNull(sum(cache_read_tokens), 0)) AS cached
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND price_source NOT IN ('caller', '')
       GROUP BY provider, model HAVING requests >= {least:UInt32} ORDER BY sum(cost_usd) DESC LIMIT ${MODELS_MAX}`,
      { ...parameters, least: REQUESTS_MIN },
    ),
  );
  const advice: Advice[] = [];
  const withheld: Withheld[] = [];
  for (const model of models) {
    const about = `${model.provider} / ${model.model}`;
    if (model.in_sessions < REQUESTS_MIN) {
      const reason = `${groupDigits(model.in_sessions)} of its requests name a session; ${REQUESTS_MIN} are needed to see what prompts repeat.`;
      withheld.push({ kind: 'prompt_caching', about, reason });
      continue;
    }
    const found = await priceCaching(question, model);
    if (found !== null) advice.push(found);
  }
  return { advice, withheld };
}

async function priceCaching(
  question: AdviceQuestion,
  { provider, model, input, cached }: Model,
): Promise<Advice | null> {
  const { connection, pricer, period } = question;
  const priced = await readEvents(question, (events) => {
    const { sql, parameters } = both(events, valuesCondition({ provider, model }));
    // What the request before said in the same session, as far as this one says as much.
    const before = 'lagInFrame(input_tokens) OVER conversation';
    const atBefore = 'lagInFrame(timestamp) OVER conversation';
    const table = `(SELECT *, if(isNull(${before}) OR ${atBefore} < timestamp - INTERVAL ${KEPT_SECONDS} SECOND, 0,
      least(${before}, ifNull(input_tokens, 0))) AS prefix FROM ${LEDGER_DATABASE}.events
      WHERE ${sql} AND session_id != '' AND status = 'success'
      WINDOW conversation AS (PARTITION BY tenant, session_id ORDER BY timestamp, id
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))`;
    return reprice(
      { connection, pricer, now: period.to },
      { sql: `prefix >= ${PREFIX_TOKENS_MIN}`, parameters },
      withPrefixCached,
      { sql: table, extra: 'toFloat64(prefix)' },
    );
  });
  const saving = priced.presentPicoUsd - priced.otherPicoUsd;
  if (priced.priced < REQUESTS_MIN || saving * 50n <= priced.presentPicoUsd) return null;
  return {
    kind: 'prompt_caching',
    id: `prompt_caching/${[provider, model].map(encodeURIComponent).join('/')}`,
    action: `Have the prompts of ${model} cached: keep what repeats at their beginning, and mark it where the provider asks for that.`,
    saving_usd_per_month: perMonth(saving, period),
    gain: `${percentText(cached / Math.max(1, input))} of its input came from a cache; ${countText(priced.requests, 'request')} follow another of the same session within ${KEPT_SECONDS / 60} minutes.`,
    confidence: 'low',
    evidence: {
      ...periodText(period),
      requests: priced.requests,
      path: evidencePath('costs', period, 'provider,model'),
      figures: {
        present_cost_usd: formatUsd(priced.presentPicoUsd),
        other_cost_usd: formatUsd(priced.otherPicoUsd),
        input_tokens: input,
        cached_tokens: cached,
      },
    },
    method: `The ledger holds no prompts: of a request that follows another of its session within ${KEPT_SECONDS / 60} minutes, as many tokens are taken to repeat as that one had, of ${PREFIX_TOKENS_MIN} on, and the others to be written to the cache. ${pricingText(priced)}. It is an upper bound for prompts that do not begin alike.`,
  };
}

function withPrefixCached(request: UsedRequest) {
  const input = request.input_tokens ?? 0;
  const read = Math.max(request.cache_read_tokens ?? 0, Math.min(request.extra ?? 0, input));
  // Where writing has a price, what is new is written for the request after.
  return [
    { cache_read_tokens: read, cache_write_tokens: input - read },
    { cache_read_tokens: read, cache_write_tokens: 0 },
  ];
}
