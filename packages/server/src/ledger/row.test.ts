import { eventFieldNames, parseEvent } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { ledgerColumns } from './columns.ts';
import { readMigrations } from './migrate.ts';
import { writeFields, writeRow } from './row.ts';

const context = { nowMs: Date.UTC(2026, 10, 20), futureToleranceMs: 0 };
const unpriced = { costPicoUsd: null, priceSource: '', priceVersion: '', priceId: '' } as const;
const stamp = {
  journal: 'j1',
  seq: 7,
  live: true,
  receivedMs: Date.UTC(2026, 10, 20, 1, 2, 3, 45),
  fingerprint: 9,
};

describe('writeRow', () => {
  it('writes what is there and leaves out what is not', () => {
    const event = parseEvent({ timestamp: 1_700_158_623_979, provider: 'p', model: 'm' }, context);
    expect(JSON.parse(writeRow(writeFields(event), unpriced, stamp))).toEqual({
      journal: 'j1',
      seq: 7,
      live: true,
      received_at: '2026-11-20 01:02:03.045000000',
      fingerprint: 9,
      timestamp: '2023-11-16 18:17:03.979000000',
      provider: 'p',
      model: 'm',
      status: 'success',
    });
  });

  it('writes the charge and not the amount that the caller claimed', () => {
    const event = parseEvent({ timestamp: 0, provider: 'p', model: 'm', cost_usd: '5' }, context);
    const charge = { costPicoUsd: 1n, priceSource: 'card', priceVersion: 'v"1', priceId: 'p/m' } as const;
    expect(JSON.parse(writeRow(writeFields(event), charge, stamp))).toMatchObject({
      cost_usd: '0.000000000001',
      price_source: 'card',
      price_version: 'v"1',
      price_id: 'p/m',
    });
  });

  it('keeps awkward text and every kind of value', () => {
    const sent = {
      id: 'a"\\\n\u0000é😀',
      timestamp: '2026-01-01T00:00:00.000000001Z',
      provider: 'p',
      model: 'm',
      cache_hit: false,
      quality_score: 0.1,
      input_tokens: 9_007_199_254_740_991,
      attributes: { 'k"': "v'" },
    };
    expect(JSON.parse(writeRow(writeFields(parseEvent(sent, context)), unpriced, stamp))).toMatchObject({
      ...sent,
      timestamp: '2026-01-01 00:00:00.000000001',
    });
  });
});

it('writes equal events equally, whatever order they were sent in', () => {
  const one = { timestamp: 5, provider: 'p', model: 'm', attributes: { a: '1', b: '2' }, input_tokens: 3 };
  const other = {
    input_tokens: 3,
    attributes: { b: '2', a: '1' },
    model: 'm',
    provider: 'p',
    timestamp: '1970-01-01T00:00:00.005Z',
  };
  expect(writeFields(parseEvent(one, context))).toBe(writeFields(parseEvent(other, context)));
});

it('has exactly the columns that the migrations create', () => {
  const sql = readMigrations()
    .map((migration) => migration.sql)
    .join('\n');
  const body = /CREATE TABLE IF NOT EXISTS events \(([\s\S]*?)\n\)/.exec(sql)?.[1] ?? '';
  const columns = body
    .split('\n')
    .map((line) => /^ {2}(\w+) (.+?)(?: CODEC\(.*\))?,$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'INDEX')
    .map((match) => ({ name: match?.[1], type: match?.[2] }));
  expect(columns).toEqual(ledgerColumns);
  expect(columns.length).toBe(eventFieldNames.length + 7);
});
