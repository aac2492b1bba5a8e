import { describe, expect, it } from 'vitest';
import { BellwetherError } from './errors.ts';
import { eventFieldNames } from './fields.ts';
import { parseEvent } from './parse-event.ts';

const context = { nowMs: Date.UTC(2026, 10, 20), futureToleranceMs: 600_000 };
const minimal = { timestamp: '2026-11-19T12:00:00.123456789Z', provider: 'openai', model: 'gpt-4o' };

function refusal(change: Record<string, unknown>): { code: string; field: string | undefined } {
  try {
    parseEvent({ ...minimal, ...change }, context);
  } catch (error) {
    if (error instanceof BellwetherError) return { code: error.code, field: error.place.field };
    throw error;
  }
  return { code: 'accepted', field: undefined };
}

describe('parseEvent', () => {
  it('accepts what is required and nothing else', () => {
    const event = parseEvent(minimal, context);
    expect(Object.keys(event)).toEqual(eventFieldNames);
    expect(event.timestamp).toEqual({ epochSeconds: 1_795_089_600, nanoseconds: 123_456_789 });
    expect([event.provider, event.model, event.status, event.id, event.cost_usd]).toEqual([
      'openai',
      'gpt-4o',
      'success',
      '',
      null,
    ]);
  });

  it('keeps money and attributes exactly', () => {
    const event = parseEvent(
      { ...minimal, cost_usd: '0.000000000001', revenue_usd: 0.1, attributes: { a: 'b' } },
      context,
    );
    expect([event.cost_usd, event.revenue_usd, event.attributes]).toEqual([1n, 100_000_000_000n, { a: 'b' }]);
  });

  it('takes an error type without a status as an error, and a given status as it is', () => {
    expect(parseEvent({ ...minimal, error_type: 'rate_limit' }, context).status).toBe('error');
    expect(parseEvent({ ...minimal, error_type: 'slow', status: 'timeout' }, context).status).toBe('timeout');
    expect(parseEvent({ ...minimal, error_type: 'retried', status: 'success' }, context).status).toBe(
      'success',
    );
  });

  it.each([
    [{ model: undefined }, 'invalid_type', 'model'],
    [{ model: 3 }, 'invalid_type', 'model'],
    [{ model: '' }, 'invalid_value', 'model'],
    [{ model: 'x'.repeat(257) }, 'too_long', 'model'],
    [{ id: 'x'.repeat(129) }, 'too_long', 'id'],
    [{ model: '\ud800' }, 'invalid_value', 'model'],
    [{ extra: 1 }, 'unknown_field', 'extra'],
    [JSON.parse('{"__proto__": {"a": 1}}'), 'unknown_field', '__proto__'],
    [{ attributes: JSON.parse('{"__proto__": "x"}') }, 'invalid_value', 'attributes'],
    [{ attributes: { a: 1 } }, 'invalid_type', 'attributes'],
    [{ attributes: [] }, 'invalid_type', 'attributes'],
    [
      { attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'v'])) },
      'too_long',
      'attributes',
    ],
    [{ input_tokens: -1 }, 'out_of_range', 'input_tokens'],
    [{ input_tokens: 1.5 }, 'invalid_type', 'input_tokens'],
    [{ input_tokens: '5' }, 'invalid_type', 'input_tokens'],
    [{ input_tokens: 2 ** 53 }, 'out_of_range', 'input_tokens'],
    [JSON.parse('{"input_tokens": 1e999}'), 'invalid_type', 'input_tokens'],
    [JSON.parse('{"latency_ms": 1e999}'), 'out_of_range', 'latency_ms'],
    [{ latency_ms: -0.001 }, 'out_of_range', 'latency_ms'],
    [{ quality_score: 1.0001 }, 'out_of_range', 'quality_score'],
    [{ cost_usd: '-1' }, 'out_of_range', 'cost_usd'],
    [{ cost_usd: 'free' }, 'invalid_value', 'cost_usd'],
    [{ cost_usd: true }, 'invalid_type', 'cost_usd'],
    [{ cache_hit: 'yes' }, 'invalid_type', 'cache_hit'],
    [{ status: 'ok' }, 'invalid_value', 'status'],
    [{ timestamp: 'yesterday' }, 'invalid_value', 'timestamp'],
    [{ timestamp: -5 }, 'out_of_range', 'timestamp'],
    [{ timestamp: 1_795_089_600 }, 'out_of_range', 'timestamp'],
    [{ timestamp: 999_999_999 }, 'accepted', undefined],
    [{ timestamp: context.nowMs + 600_001 }, 'timestamp_in_future', 'timestamp'],
    [{ timestamp: context.nowMs + 600_000 }, 'accepted', undefined],
    [{ input_tokens: 10, cache_read_tokens: 11 }, 'inconsistent_tokens', 'cache_read_tokens'],
    [
      { input_tokens: 10, cache_read_tokens: 6, cache_write_tokens: 5 },
      'inconsistent_tokens',
      'cache_read_tokens',
    ],
    [{ cache_read_tokens: 1 }, 'inconsistent_tokens', 'cache_read_tokens'],
    [{ output_tokens: 5, reasoning_tokens: 6 }, 'inconsistent_tokens', 'reasoning_tokens'],
    [
      { input_tokens: 9, cache_write_tokens: 4, cache_write_1h_tokens: 5 },
      'inconsistent_tokens',
      'cache_write_1h_tokens',
    ],
    [{ input_tokens: 10, cache_read_tokens: 6, cache_write_tokens: 4 }, 'accepted', undefined],
  ])('judges %j', (change, code, field) => {
    expect(refusal(change as Record<string, unknown>)).toEqual({ code, field });
  });

  it.each([[null], [[]], ['text'], [7]])('refuses %j, which is no object', (sent) => {
    expect(() => parseEvent(sent, context)).toThrow(expect.objectContaining({ code: 'invalid_event' }));
  });

  it.each(['timestamp', 'provider', 'model'] as const)('misses %s', (field) => {
    const { [field]: _, ...rest } = minimal;
    expect(() => parseEvent(rest, context)).toThrow(
      expect.objectContaining({ code: 'missing_field', place: { field } }),
    );
  });

  it('does not recurse into what it refuses', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as unknown;
    expect(refusal({ model: deep })).toEqual({ code: 'invalid_type', field: 'model' });
  });

  it('takes minus zero for zero', () => {
    const event = parseEvent(
      { ...minimal, ...(JSON.parse('{"input_tokens": -0, "latency_ms": -0}') as object) },
      context,
    );
    expect(Object.is(event.input_tokens, 0) && Object.is(event.latency_ms, 0)).toBe(true);
  });
});
