import { describe, expect, it } from 'vitest';
import { NestedCalls, type NestedSpan } from './nested-calls.ts';

const call = (
  spanId: string,
  parentSpanId: string,
  endNanos: bigint,
  more: Partial<NestedSpan> = {},
): NestedSpan => ({
  spanId,
  parentSpanId,
  endNanos,
  call: 'generation',
  hasUsage: true,
  ...more,
});
const other = { call: null, hasUsage: false } as const;

describe('nested calls', () => {
  it('count once, at the innermost level, whatever order they stand in', () => {
    const framework = call('a', '', 9n);
    const between = call('b', 'a', 8n, other);
    const client = call('c', 'b', 7n);
    expect(new NestedCalls().counted([framework, between, client])).toEqual([false, false, true]);
    expect(new NestedCalls().counted([client, between, framework])).toEqual([true, false, false]);
  });

  it('count once over several requests, and the same when they are sent again', () => {
    const nested = new NestedCalls();
    for (let sent = 0; sent < 2; sent++) {
      expect(nested.counted([call('c', 'b', 7n)])).toEqual([true]);
      expect(nested.counted([call('b', 'a', 8n, other)])).toEqual([false]);
      expect(nested.counted([call('a', '', 9n)])).toEqual([false]);
    }
  });

  it('count at the outer level if that came first, as from another service', () => {
    const nested = new NestedCalls();
    expect(nested.counted([call('a', '', 9n)])).toEqual([true]);
    expect(nested.counted([call('b', 'a', 8n, other), call('c', 'b', 7n)])).toEqual([false, true]);
    expect(nested.counted([call('d', 'a', 7n)])).toEqual([false]);
  });

  it('are told apart by what they are for: a look-up by embedding is no part of an answer', () => {
    const lookUp = call('b', 'a', 5n, { call: 'embeddings' });
    expect(new NestedCalls().counted([call('a', '', 9n), lookUp])).toEqual([true, true]);
  });

  it('do not stand for each other where the inner one knows no tokens', () => {
    const inner = call('b', 'a', 5n, { hasUsage: false });
    expect(new NestedCalls().counted([inner, call('a', '', 9n)])).toEqual([true, true]);
  });

  it('beside each other all count', () => {
    const spans = [call('b', 'a', 5n), call('c', 'a', 6n), call('a', '', 9n, other)];
    expect(new NestedCalls().counted(spans)).toEqual([true, true, false]);
  });
});
