import { describe, expect, it } from 'vitest';
import { createPricer } from '../pricing/index.ts';
import { priceLine } from './price-line.ts';

describe('a line of price', () => {
  it('answers an unreadable line with an error', () => {
    const context = { pricer: createPricer(), nowMs: 0 };
    expect(JSON.parse(priceLine('{', context))).toEqual({
      error: { code: 'invalid_json', message: 'The line is not valid JSON.' },
    });
  });
});
