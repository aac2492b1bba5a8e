/**
 * Why a bill and the ledger differ for a model. Where the bill gives tokens, the
 * difference is taken apart exactly: the ledger's tokens at the bill's prices stand
 * between the two, so that one part is tokens (recorded or not) and the other prices. Each
 * part is then held against what usually causes it; a cause is called `shown` only
 * where the figures come out to half a percent.
 */

import { divideHalfEven } from '@bellwether/events';
import { type BillItem, type TokenMeter, tokenMeters } from './bill.ts';
import { billedCost, type MatchedModel, sumUsage } from './matched.ts';

/** What can cause a difference. */
export const causeNames = {
  other_meters: 'usage that events do not count in tokens: searches, audio, images, storage',
  days_missing: 'days of the bill of which the ledger has no request',
  days_unbilled: 'days of the ledger of which the bill has nothing',
  not_recorded: 'tokens of the bill that the ledger does not have',
  recorded_too_much: 'tokens of the ledger that the bill does not have',
  recorded_twice: 'each request is in the ledger twice, under two ids',
  cached_left_out: 'senders count input without the tokens from the cache',
  reasoning_left_out: 'senders count output without the reasoning',
  failed_charged: 'requests that failed have a cost in the ledger and not on the bill',
  unpriced: 'requests that have no price in the ledger',
  discount: 'the ledger has list prices, the bill discounted ones',
  half_price: 'the bill charges half: batch or flex requests recorded without their service tier',
  regional: 'the bill charges a tenth more: regional or data-zone processing recorded without it',
  given_costs: 'senders gave other costs than the bill has',
  other_prices: 'other prices than the ledger knows',
  days_cut: 'the bill cuts its days at another hour; over the whole time the two agree',
  unknown: 'a difference that nothing here explains',
} as const;

export type CauseName = keyof typeof causeNames;

/** A part of a difference. */
export interface Cause {
  readonly cause: CauseName;
  /** How much of the difference, billed minus recorded. */
  readonly picoUsd: bigint;
  /** Whether the figures show it, or it is what is left over. */
  readonly certainty: 'shown' | 'likely';
  /** The figures that it rests on. */
  readonly detail: string;
}

/** Whether two figures agree to half a percent of the greater. */
export function agree(a: bigint, b: bigint): boolean {
  const size = magnitude(a) > magnitude(b) ? magnitude(a) : magnitude(b);
  return magnitude(a - b) * 200n <= size;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const count = (value: bigint): string => value.toLocaleString('en-US');

/** The causes of a model's difference, the largest first; they add up to it. None where the two agree. */
export function causesOf(model: MatchedModel): Cause[] {
  const billed = billedCost(model);
  const recorded = sumUsage(model.usage, ({ costPicoUsd }) => costPicoUsd);
  const cut = daysCut(model, billed, recorded);
  if (cut !== null) return [cut];
  const other = sumItems(model.items.filter(({ meter }) => meter === 'other'));
  const isAgreed = agree(billed, recorded);
  if (isAgreed) return [];
  const causes: Cause[] = [];
  const hasMeters = model.billed.size > 0;
  if (other !== 0n && hasMeters)
    causes.push(made('other_meters', other, 'shown', 'lines of the bill that are not for text tokens'));
  const rest = billed - recorded - (hasMeters ? other : 0n);
  const isCounted = [...model.billed.values()].every(
    ({ tokens, costPicoUsd }) => costPicoUsd === 0n || (tokens !== null && tokens > 0n),
  );
  causes.push(...(isCounted && hasMeters ? byTokens(model, rest) : byCosts(model, rest)));
  return causes
    .filter(({ picoUsd }) => picoUsd !== 0n)
    .toSorted((a, b) => Number(magnitude(b.picoUsd) - magnitude(a.picoUsd)));
}

/** The parts of a difference where the bill gives tokens: what they come to, and what their prices do. */
function byTokens(model: MatchedModel, difference: bigint): Cause[] {
  const recorded = recordedTokens(model, (row) => row.tokens);
  const unpriced = recordedTokens(model, (row) => row.unpricedTokens);
  const atBilledPrices = (tokens: ReadonlyMap<TokenMeter, bigint>): bigint =>
    [...model.billed].reduce((sum, [meter, { costPicoUsd, tokens: billedTokens }]) => {
      if (billedTokens === null || billedTokens === 0n) return sum;
      return sum + divideHalfEven((tokens.get(meter) ?? 0n) * costPicoUsd, billedTokens);
    }, 0n);
  const cost = [...model.billed.values()].reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  const repriced = atBilledPrices(recorded);
  const quantity = cost - repriced;
  const unpricedCost = atBilledPrices(unpriced);
  const price = difference - quantity - unpricedCost;
  const causes = quantityCauses(model, recorded, quantity, cost);
  const unpricedRequests = sumUsage(model.usage, (row) => row.unpricedRequests);
  if (unpricedCost !== 0n)
    causes.push(
      made('unpriced', unpricedCost, 'shown', `${count(unpricedRequests)} requests, at the bill's prices`),
    );
  const recordedCost = sumUsage(model.usage, ({ costPicoUsd }) => costPicoUsd);
  if (!agree(recordedCost, recordedCost + price)) causes.push(priceCause(model, price, recordedCost));
  else if (price !== 0n)
    causes.push(made('other_prices', price, 'likely', 'rounding, or tokens at several prices'));
  return causes;
}

/** The ledger's tokens by the meters of the bill; what it does not tell apart is input. */
function recordedTokens(
  { billed, usage }: MatchedModel,
  of: (row: MatchedModel['usage'][number]) => Readonly<Record<TokenMeter, bigint>>,
): ReadonlyMap<TokenMeter, bigint> {
  const tokens = new Map<TokenMeter, bigint>();
  for (const meter of tokenMeters) {
    const sum = sumUsage(usage, (row) => of(row)[meter]);
    const stands = meter !== 'output' && !billed.has(meter) ? 'input' : meter;
    tokens.set(stands, (tokens.get(stands) ?? 0n) + sum);
  }
  return tokens;
}

function quantityCauses(
  model: MatchedModel,
  recorded: ReadonlyMap<TokenMeter, bigint>,
  amount: bigint,
  cost: bigint,
): Cause[] {
  if (amount === 0n || magnitude(amount) * 1000n < magnitude(cost)) {
    const name = amount > 0n ? 'not_recorded' : 'recorded_too_much';
    return amount === 0n ? [] : [made(name, amount, 'likely', 'less than a thousandth')];
  }
  const missing = missingDays(model);
  const missingCost = sumItems(missing.filter(({ meter }) => meter !== 'other'));
  if (missingCost !== 0n) {
    const days = new Set(missing.map(({ day }) => day));
    const first = made(
      'days_missing',
      missingCost,
      'shown',
      `${count(BigInt(days.size))} days, from ${[...days].toSorted()[0]}`,
    );
    const rest = amount - missingCost;
    return rest === 0n ? [first] : [first, tokenCause(model, recorded, rest)];
  }
  const unbilled = unbilledDays(model);
  const unbilledCost = -sumUsage(unbilled, ({ costPicoUsd }) => costPicoUsd);
  if (unbilledCost !== 0n && agree(unbilledCost, amount)) {
    const days = unbilled.map(({ day }) => day).toSorted();
    return [
      made('days_unbilled', amount, 'shown', `${count(BigInt(new Set(days).size))} days, from ${days[0]}`),
    ];
  }
  return [tokenCause(model, recorded, amount)];
}

/** What makes the ledger have other numbers of tokens. */
function tokenCause(model: MatchedModel, recorded: ReadonlyMap<TokenMeter, bigint>, amount: bigint): Cause {
  const billed = (meter: TokenMeter): bigint => model.billed.get(meter)?.tokens ?? 0n;
  const own = (meter: TokenMeter): bigint => recorded.get(meter) ?? 0n;
  const meters = [...model.billed.keys()];
  if (meters.every((meter) => agree(own(meter), 2n * billed(meter))))
    return made(
      'recorded_twice',
      amount,
      'shown',
      `${count(own('output'))} output tokens, the bill ${count(billed('output'))}`,
    );
  const cached = own('cache_read') + own('cache_write') + own('cache_write_1h');
  const gap = billed('input') - own('input');
  if (cached > 0n && gap > 0n && agree(gap, cached))
    return made(
      'cached_left_out',
      amount,
      'shown',
      `${count(gap)} input tokens are missing, and ${count(cached)} came from the cache or went into it`,
    );
  const reasoning = sumUsage(model.usage, (row) => row.reasoningTokens);
  const short = billed('output') - own('output');
  if (reasoning > 0n && short > 0n && agree(short, reasoning))
    return made(
      'reasoning_left_out',
      amount,
      'shown',
      `${count(short)} output tokens are missing, and ${count(reasoning)} were reasoning`,
    );
  const failed = sumUsage(model.usage, (row) => row.failedPicoUsd);
  if (amount < 0n && failed > 0n && agree(-amount, failed))
    return made(
      'failed_charged',
      amount,
      'shown',
      `${count(sumUsage(model.usage, (row) => row.failedRequests))} requests`,
    );
  const sum = (of: (meter: TokenMeter) => bigint): string =>
    count(meters.reduce((total, meter) => total + of(meter), 0n));
  const detail = `${sum(billed)} tokens on the bill, ${sum(own)} in the ledger`;
  return made(amount > 0n ? 'not_recorded' : 'recorded_too_much', amount, 'shown', detail);
}

/** What makes the same tokens cost something else. */
function priceCause(model: MatchedModel, amount: bigint, recorded: bigint): Cause {
  const charged = recorded + amount;
  const list = listCost(model.items);
  const requests = sumUsage(model.usage, (row) => row.requests - row.unpricedRequests);
  const given = sumUsage(model.usage, (row) => row.givenRequests);
  const factor = recorded === 0n ? null : Number((charged * 10_000n) / recorded) / 10_000;
  const detail =
    factor === null ? 'the ledger has no cost' : `the bill charges ${factor} times what the ledger does`;
  if (given > 0n && given === requests) return made('given_costs', amount, 'shown', detail);
  if (list !== null && !agree(list, billedCost(model)) && agree(list, recorded))
    return made('discount', amount, 'shown', detail);
  if (agree(charged * 2n, recorded)) return made('half_price', amount, 'likely', detail);
  if (agree(charged * 10n, recorded * 11n)) return made('regional', amount, 'likely', detail);
  return made('other_prices', amount, 'shown', detail);
}

/** The parts of a difference where the bill has only amounts. */
function byCosts(model: MatchedModel, difference: bigint): Cause[] {
  const missing = missingDays(model);
  const missingCost = sumItems(missing);
  const rest = difference - missingCost;
  const recorded = sumUsage(model.usage, ({ costPicoUsd }) => costPicoUsd);
  const causes =
    missingCost === 0n
      ? []
      : [
          made(
            'days_missing',
            missingCost,
            'shown',
            `${count(BigInt(new Set(missing.map(({ day }) => day)).size))} days`,
          ),
        ];
  if (agree(recorded, recorded + rest))
    return rest === 0n ? causes : [...causes, made('unknown', rest, 'likely', 'less than half a percent')];
  const failed = sumUsage(model.usage, (row) => row.failedPicoUsd);
  const unpriced = sumUsage(model.usage, (row) => row.unpricedRequests);
  const one = (): Cause => {
    if (rest < 0n && failed > 0n && agree(-rest, failed))
      return made(
        'failed_charged',
        rest,
        'shown',
        `${count(sumUsage(model.usage, (row) => row.failedRequests))} requests`,
      );
    if (recorded > 0n && agree(-rest * 2n, recorded) && listCost(model.items) === null)
      return made(
        'half_price',
        rest,
        'likely',
        'the ledger has twice the amount: or each request is in it twice',
      );
    if (rest > 0n && unpriced > 0n) return made('unpriced', rest, 'likely', `${count(unpriced)} requests`);
    const known = recorded === 0n ? null : priceCause(model, rest, recorded);
    if (known !== null && known.cause !== 'other_prices') return known;
    return made('unknown', rest, 'likely', 'the bill gives no tokens that could tell more');
  };
  return [...causes, one()];
}

/** That the days of the two differ, and their sum does not. */
function daysCut(model: MatchedModel, billed: bigint, recorded: bigint): Cause | null {
  if (!agree(billed, recorded) || model.usage.length === 0 || model.items.length === 0) return null;
  const days = new Map<string, bigint>();
  const add = (day: string, amount: bigint): void => void days.set(day, (days.get(day) ?? 0n) + amount);
  for (const { day, costPicoUsd } of model.items) add(day, costPicoUsd);
  for (const { day, costPicoUsd } of model.usage) add(day, -costPicoUsd);
  const moved = [...days.values()].reduce((sum, amount) => sum + magnitude(amount), 0n) / 2n;
  if (days.size < 2 || moved * 50n < billed) return null;
  const share = billed === 0n ? 0 : Number((moved * 1000n) / billed) / 10;
  return made('days_cut', billed - recorded, 'shown', `${share} % of the amount is on a neighbouring day`);
}

/** The lines of days of which the ledger has nothing. */
function missingDays({ items, usage }: MatchedModel): BillItem[] {
  const days = new Set(usage.map(({ day }) => day));
  return days.size === 0 ? [] : items.filter(({ day, costPicoUsd }) => !days.has(day) && costPicoUsd !== 0n);
}

/** What the ledger has of days that are not on the bill. */
function unbilledDays({ items, usage }: MatchedModel): MatchedModel['usage'] {
  const days = new Set(items.map(({ day }) => day));
  return days.size === 0 ? [] : usage.filter(({ day }) => !days.has(day));
}

function listCost(items: readonly BillItem[]): bigint | null {
  if (items.every(({ listPicoUsd }) => listPicoUsd === null)) return null;
  return items.reduce((sum, { listPicoUsd, costPicoUsd }) => sum + (listPicoUsd ?? costPicoUsd), 0n);
}

function sumItems(items: readonly BillItem[]): bigint {
  return items.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
}

function made(cause: CauseName, picoUsd: bigint, certainty: Cause['certainty'], detail: string): Cause {
  return { cause, picoUsd, certainty, detail };
}
