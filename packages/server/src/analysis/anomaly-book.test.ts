import { describe, expect, it } from 'vitest';
import { AnomalyBook, type Judged } from './anomaly-book.ts';

const MINUTE_MS = 60_000;
const calm = { score: 0.1, isOdd: false };
const odd = { score: 0.5, isOdd: true };
const alarm = { score: 0.9, isOdd: true };

function judged(minute: number, how: { score: number; isOdd: boolean }, more: Partial<Judged> = {}): Judged {
  const atMs = minute * MINUTE_MS;
  return {
    measure: 'requests',
    labels: { provider: 'openai' },
    kinds: ['point'],
    evidence: [],
    atMs,
    actual: 50 + minute,
    expected: 10,
    sigmas: 8,
    sinceMs: atMs - 2 * MINUTE_MS,
    ...how,
    ...more,
  };
}

/** What became of a series of judgements, a letter a minute: a alarm, o odd, anything else calm. */
function changes(book: AnomalyBook, text: string, from = 0, more: Partial<Judged> = {}): string[] {
  return text.split('').flatMap((letter, i) => {
    const how = letter === 'a' ? alarm : letter === 'o' ? odd : calm;
    const change = book.take(judged(from + i, how, more), 0.8, MINUTE_MS);
    return change === null ? [] : [`${from + i} ${change.change}`];
  });
}

describe('the book of anomalies', () => {
  it('opens one at the threshold, follows it while it is odd, and closes it after a calm', () => {
    const book = new AnomalyBook();
    expect(changes(book, `..oaoo..o${'.'.repeat(20)}`)).toEqual(['3 opened', '24 closed']);
    expect(book.open).toEqual([]);
  });

  it('knows when it began, was clear, was worst and ended', () => {
    const book = new AnomalyBook();
    const opened = book.take(judged(10, alarm), 0.8, MINUTE_MS)?.anomaly;
    expect(opened).toMatchObject({ sinceMs: 8 * MINUTE_MS, openedMs: 11 * MINUTE_MS, untilMs: null });
    book.take(judged(11, { score: 0.95, isOdd: true }), 0.8, MINUTE_MS);
    let last = null;
    for (let minute = 12; minute < 40; minute += 1)
      last = book.take(judged(minute, calm), 0.8, MINUTE_MS) ?? last;
    expect(last?.anomaly).toMatchObject({
      id: opened?.id,
      score: 0.95,
      peakMs: 11 * MINUTE_MS,
      actual: 61,
      untilMs: 12 * MINUTE_MS,
    });
  });

  it('takes what comes back within the hour for the same', () => {
    const book = new AnomalyBook();
    const text = `a${'.'.repeat(30)}a${'.'.repeat(100)}a`;
    expect(changes(book, text)).toEqual(['0 opened', '16 closed', '31 reopened', '47 closed', '132 opened']);
  });

  it('counts what begins together as one incident', () => {
    const book = new AnomalyBook();
    const first = book.take(judged(0, alarm), 0.8, MINUTE_MS)?.anomaly;
    const second = book.take(judged(10, alarm, { measure: 'error_ratio' }), 0.8, MINUTE_MS)?.anomaly;
    const third = book.take(judged(90, alarm, { measure: 'cost_usd' }), 0.8, MINUTE_MS)?.anomaly;
    expect(second?.incident).toBe(first?.id);
    expect(third?.incident).toBe(third?.id);
  });

  it('goes on with anomalies that were open before a restart', () => {
    const before = new AnomalyBook();
    before.take(judged(0, alarm), 0.8, MINUTE_MS);
    const book = new AnomalyBook();
    book.restore(before.open, () => MINUTE_MS);
    expect(changes(book, `oo${'.'.repeat(30)}`, 1)).toEqual(['18 closed']);
  });

  it('closes what is judged no more, at its own time', () => {
    const book = new AnomalyBook();
    changes(book, 'ao', 100);
    expect(book.soFar).toMatchObject([{ untilMs: 102 * MINUTE_MS }]);
    expect(book.sweep(() => 117 * MINUTE_MS)).toEqual([]);
    expect(book.sweep(() => 118 * MINUTE_MS)).toMatchObject([
      { change: 'closed', anomaly: { untilMs: 102 * MINUTE_MS } },
    ]);
    expect(book.open).toEqual([]);
  });

  it('keeps apart what is learnt of another time', () => {
    const book = new AnomalyBook();
    const now = book.take(judged(10_000, alarm), 0.8, MINUTE_MS)?.anomaly;
    const then = book.take(judged(100, alarm, { measure: 'errors' }), 0.8, MINUTE_MS)?.anomaly;
    expect(then?.incident).not.toBe(now?.incident);
  });
});
