import { describe, expect, it } from 'vitest';
import { bundledCard } from './bundled-card.ts';
import { checkCards } from './card-checks.ts';
import type { CardEntry, RateCard } from './card-schema.ts';

function cardOf(...prices: CardEntry[]): RateCard {
  return { name: 'mine', version: '1', prices };
}

function entry(fields: Partial<CardEntry>): CardEntry {
  return { provider: 'p', model: 'm', per_million_tokens: { input: 1 }, ...fields };
}

function codesOf(...cards: RateCard[]): string[] {
  return checkCards(cards).map(({ severity, code, place }) => `${severity} ${code} ${place}`);
}

describe('the checks of cards', () => {
  it('find nothing in a card that is in order', () => {
    expect(codesOf(cardOf(entry({}), entry({ from: '2026-06-01' }), entry({ model: 'other' })))).toEqual([]);
  });

  it('find no error in the bundled card', () => {
    expect(checkCards([bundledCard]).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('find entries that hold at the same time', () => {
    expect(codesOf(cardOf(entry({}), entry({})))).toEqual(['error overlap prices[1]']);
    expect(codesOf(cardOf(entry({ until: '2026-09-01' }), entry({ from: '2026-06-01' })))).toEqual([
      'error overlap prices[1]',
    ]);
    expect(codesOf(cardOf(entry({ model: 'a*' }), entry({ model: '*b' })))).toEqual([
      'error overlap prices[1]',
    ]);
    expect(codesOf(cardOf(entry({ model: 'a*' }), entry({ model: 'b*' })))).toEqual([]);
    expect(codesOf(cardOf(entry({})), { ...cardOf(entry({})), version: '2' })).toEqual([]);
  });

  it('do not take certain hours for an overlap with all hours, but with each other', () => {
    const night = entry({ hours: ['22:00-06:00'] });
    expect(codesOf(cardOf(entry({}), night))).toEqual([]);
    expect(codesOf(cardOf(night, entry({ hours: ['mon 05:00-07:00'] })))).toEqual([
      'error overlap prices[1]',
    ]);
    const weekend = entry({ hours: ['sat 22:00-02:00'] });
    expect(codesOf(cardOf(weekend, entry({ hours: ['sun 01:00-03:00'] })))).toEqual([
      'error overlap prices[1]',
    ]);
  });

  it('find gaps', () => {
    const [finding] = checkCards([cardOf(entry({ until: '2026-05-01' }), entry({ from: '2026-06-01' }))]);
    expect(finding).toEqual({
      severity: 'warning',
      code: 'gap',
      card: 'mine',
      place: 'prices[1]',
      message: 'no price of p/m between 2026-05-01 and 2026-06-01',
    });
  });

  it('find a price ten times its neighbour', () => {
    const leap = cardOf(entry({}), entry({ from: '2026-06-01', per_million_tokens: { input: 10 } }));
    expect(checkCards([leap])[0]?.message).toBe(
      'input_tokens at $0.00001 each, before, in prices[0], at $0.000001',
    );
    expect(
      codesOf(cardOf(entry({}), entry({ from: '2026-06-01', per_million_tokens: { input: 9.9 } }))),
    ).toEqual([]);
    expect(codesOf(cardOf(entry({ tiers: { batch: 0.05 } })))).toEqual(['warning outlier prices[0]']);
    const onList = { provider: 'openai', model: 'gpt-4o', per_million_tokens: { input: 0.25, output: 10 } };
    expect(codesOf(cardOf(onList))).toEqual(['warning outlier prices[0]']);
  });

  it('find a time without an exchange rate, and cards of one name', () => {
    const rates = { EUR: { '2026-02-01': 1.1 } };
    const card = { ...cardOf(entry({ from: '2026-01-01' })), currency: 'EUR', exchange_rates: rates };
    expect(codesOf(card)).toEqual(['warning no_exchange_rate prices[0]']);
    expect(codesOf(cardOf(), cardOf())).toEqual(['error same_name name']);
  });
});
