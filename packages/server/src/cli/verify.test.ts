import { describe, expect, it } from 'vitest';
import { compare, ROWS_WAITING } from '../verify/comparison.ts';
import { verificationText } from './verify.ts';

describe('a verification in words', () => {
  it('names each difference', () => {
    const comparisons = [compare('a', 1, 1), compare('b', 2, 3)];
    expect(verificationText({ consistent: false, events: 9, comparisons })).toBe(
      '1 of 2 comparisons differ:\n  b: 2 expected, 3 found\n',
    );
  });

  it('says that sums may differ by what is on its way', () => {
    const comparisons = [compare(ROWS_WAITING, 0, 5), compare('b', 2, 3)];
    expect(verificationText({ consistent: false, events: 9, comparisons })).toContain(
      '\nThe ledger is still taking in what the journal has. Verify again when it has',
    );
  });
});
