import { describe, expect, it } from 'vitest';
import type { BillItem, BillMeter, TokenMeter } from './bill.ts';
import { type CauseName, causesOf } from './causes.ts';
import type { LedgerUsage } from './ledger-usage.ts';
import { billedCost, type MatchedModel, matchModels, sumUsage } from './matched.ts';

/** Prices in pico-dollars a token: 2, 0.5, 2.5, 4 and 8 dollars a million. */
const prices: Readonly<Record<TokenMeter, bigint>> = {
  input: 2_000_000n,
  cache_read: 500_000n,
  cache_write: 2_500_000n,
  cache_write_1h: 4_000_000n,
  output: 8_000_000n,
};

type Tokens = Partial<Record<TokenMeter, bigint>>;

const full: Tokens = { input: 1_000_000n, cache_read: 400_000n, output: 200_000n };

const costOf = (tokens: Tokens): bigint =>
  Object.entries(tokens).reduce((sum, [meter, count]) => sum + count * prices[meter as TokenMeter], 0n);

function billLine(day: string, meter: BillMeter, fields: Partial<BillItem> = {}): BillItem {
  const base = { provider: 'openai', model: 'gpt-4o-2024-08-06', listPicoUsd: null, tokens: null };
  return { day, meter, costPicoUsd: 0n, ...base, ...fields };
}

/** A day of a bill, at a factor of the prices. */
function billDay(
  day: string,
  tokens: Tokens,
  factor: readonly [bigint, bigint] = [1n, 1n],
  counted = true,
): BillItem[] {
  return Object.entries(tokens).map(([meter, count]) =>
    billLine(day, meter as TokenMeter, {
      tokens: counted ? count : null,
      costPicoUsd: (count * prices[meter as TokenMeter] * factor[0]) / factor[1],
    }),
  );
}

function recorded(day: string, tokens: Tokens, fields: Partial<LedgerUsage> = {}): LedgerUsage {
  const none = { input: 0n, cache_read: 0n, cache_write: 0n, cache_write_1h: 0n, output: 0n };
  return {
    day,
    provider: 'openai',
    model: 'gpt-4o-2024-08-06',
    requests: 100n,
    tokens: { ...none, ...tokens },
    reasoningTokens: 0n,
    costPicoUsd: costOf(tokens),
    unpricedRequests: 0n,
    unpricedTokens: none,
    failedRequests: 0n,
    failedPicoUsd: 0n,
    givenRequests: 0n,
    givenPicoUsd: 0n,
    ...fields,
  };
}

function matched(items: readonly BillItem[], usage: readonly LedgerUsage[]): MatchedModel {
  const models = matchModels(items, usage);
  expect(models).toHaveLength(1);
  return models[0] as MatchedModel;
}

/** The causes, which must add up to the difference. */
function explain(items: readonly BillItem[], usage: readonly LedgerUsage[]): CauseName[] {
  const model = matched(items, usage);
  const causes = causesOf(model);
  const difference = billedCost(model) - sumUsage(usage, ({ costPicoUsd }) => costPicoUsd);
  const sum = causes.reduce((total, { picoUsd }) => total + picoUsd, 0n);
  expect(causes.length === 0 ? difference : sum).toBe(difference);
  return causes.map(({ cause }) => cause);
}

const [monday, tuesday] = ['2026-10-05', '2026-10-06'];
const twice = (tokens: Tokens): Tokens =>
  Object.fromEntries(Object.entries(tokens).map(([meter, count]) => [meter, 2n * count]));

describe('the cause of a difference, with tokens', () => {
  it.each<[CauseName[], BillItem[], LedgerUsage[]]>([
    [[], billDay(monday, full), [recorded(monday, full)]],
    [
      ['not_recorded'],
      billDay(monday, full),
      [recorded(monday, { ...full, input: 700_000n, output: 140_000n })],
    ],
    [['not_recorded'], billDay(monday, full), []],
    [
      ['recorded_too_much'],
      billDay(monday, { ...full, input: 700_000n, output: 140_000n }),
      [recorded(monday, full)],
    ],
    [['recorded_twice'], billDay(monday, full), [recorded(monday, twice(full))]],
    [['cached_left_out'], billDay(monday, full), [recorded(monday, { ...full, input: 600_000n })]],
    [
      ['reasoning_left_out'],
      billDay(monday, full),
      [recorded(monday, { ...full, output: 80_000n }, { reasoningTokens: 120_000n })],
    ],
    [['days_missing'], [...billDay(monday, full), ...billDay(tuesday, full)], [recorded(monday, full)]],
    [['days_unbilled'], billDay(monday, full), [recorded(monday, full), recorded(tuesday, full)]],
    [
      ['unpriced'],
      billDay(monday, full),
      [
        recorded(monday, full, {
          costPicoUsd: 0n,
          unpricedRequests: 100n,
          unpricedTokens: recorded(monday, full).tokens,
        }),
      ],
    ],
    [['other_prices'], billDay(monday, full, [3n, 2n]), [recorded(monday, full)]],
    [['half_price'], billDay(monday, full, [1n, 2n]), [recorded(monday, full)]],
    [['regional'], billDay(monday, full, [11n, 10n]), [recorded(monday, full)]],
    [
      ['discount'],
      billDay(monday, full, [4n, 5n]).map((item) => ({ ...item, listPicoUsd: (item.costPicoUsd * 5n) / 4n })),
      [recorded(monday, full)],
    ],
    [
      ['given_costs'],
      billDay(monday, full),
      [
        recorded(monday, full, {
          costPicoUsd: costOf(full) * 2n,
          givenRequests: 100n,
          givenPicoUsd: costOf(full) * 2n,
        }),
      ],
    ],
    [
      ['failed_charged'],
      billDay(monday, { ...full, output: 160_000n }),
      [recorded(monday, full, { failedRequests: 7n, failedPicoUsd: 40_000n * prices.output })],
    ],
    [
      ['other_meters'],
      [...billDay(monday, full), billLine(monday, 'other', { costPicoUsd: costOf(full) })],
      [recorded(monday, full)],
    ],
    [
      ['days_cut'],
      [...billDay(monday, full), ...billDay(tuesday, full)],
      [recorded(monday, { ...full, input: 1_500_000n }), recorded(tuesday, { ...full, input: 500_000n })],
    ],
    // Several at once: a third is missing, and the price is another.
    [
      ['not_recorded', 'other_prices'],
      billDay(monday, full, [3n, 2n]),
      [recorded(monday, { input: 500_000n, cache_read: 200_000n, output: 100_000n })],
    ],
  ])('is %j', (causes, items, usage) => {
    expect(explain(items, usage)).toEqual(causes);
  });

  it('counts what the bill does not tell apart as input', () => {
    const whole = { input: 1_400_000n, output: 200_000n };
    expect(explain(billDay(monday, whole), [recorded(monday, full, { costPicoUsd: costOf(whole) })])).toEqual(
      [],
    );
  });
});

describe('the cause of a difference, without tokens', () => {
  const bill = (factor: readonly [bigint, bigint] = [1n, 1n]) => billDay(monday, full, factor, false);
  it.each<[CauseName[], BillItem[], LedgerUsage[]]>([
    [[], bill(), [recorded(monday, full)]],
    [['half_price'], bill([1n, 2n]), [recorded(monday, full)]],
    [['unknown'], bill([7n, 5n]), [recorded(monday, full)]],
    [['unpriced'], bill([7n, 5n]), [recorded(monday, full, { unpricedRequests: 3n })]],
    [
      ['discount'],
      bill([4n, 5n]).map((item) => ({ ...item, listPicoUsd: (item.costPicoUsd * 5n) / 4n })),
      [recorded(monday, full)],
    ],
    [['days_missing'], [...bill(), ...billDay(tuesday, full, [1n, 1n], false)], [recorded(monday, full)]],
    [
      ['failed_charged'],
      bill(),
      [
        recorded(monday, full, {
          costPicoUsd: costOf(full) + 500_000_000_000n,
          failedRequests: 9n,
          failedPicoUsd: 500_000_000_000n,
        }),
      ],
    ],
  ])('is %j', (causes, items, usage) => {
    expect(explain(items, usage)).toEqual(causes);
  });
});

describe('matching', () => {
  it('takes tokens from one file and costs from another, under other names of the model', () => {
    const items = [
      billLine(monday, 'input', { provider: 'anthropic', model: 'Claude Haiku 4.5', costPicoUsd: 5n }),
      billLine(monday, 'input', { provider: 'anthropic', model: 'claude-haiku-4-5-20251001', tokens: 9n }),
    ];
    expect(matched(items, []).billed.get('input')).toEqual({ costPicoUsd: 5n, tokens: 9n });
  });

  it('compares all models together where the bill names none', () => {
    const items = [billLine(monday, 'other', { model: '', costPicoUsd: costOf(full) * 2n })];
    const usage = [recorded(monday, full), recorded(monday, full, { model: 'gpt-5' })];
    expect(matched(items, usage)).toMatchObject({ model: '', recordedAs: ['gpt-4o-2024-08-06', 'gpt-5'] });
    expect(explain(items, usage)).toEqual([]);
  });

  it('leaves out providers that the bill is not of', () => {
    const usage = [
      recorded(monday, full),
      recorded(monday, full, { provider: 'anthropic', model: 'claude' }),
    ];
    expect(matched(billDay(monday, full), usage).usage).toHaveLength(1);
  });
});
