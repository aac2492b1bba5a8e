import { describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { budgetOf } from './budget.ts';
import { watchConditions } from './conditions.ts';
import { Holds } from './holds.ts';
import { Sums } from './sums.ts';

const DAY_MS = 86_400_000;
const USD = 10n ** 12n;

describe('the conditions of budgets', () => {
  const clock = fakeClock(Date.parse('2026-11-20T12:00:00Z'));
  const budget = budgetOf({
    id: 'day',
    name: 'day',
    amountUsd: '10.00',
    period: 'day',
    timeZone: 'UTC',
    weekStart: 'monday',
    scope: {},
    per: 'team',
    softPercent: [80],
    hard: true,
  });
  const spent = new Sums();
  let tell: () => void = () => undefined;
  const told: string[] = [];
  const end = watchConditions(
    {
      budgets: new Map([['day', budget]]),
      spent,
      holds: new Holds(),
      ready: true,
      onChange: (listener) => {
        tell = listener;
      },
    },
    clock,
    ({ from, to, figures }) => told.push(`${figures.key['team']} ${from} ${to} ${figures.percent}`),
  );
  const spend = (team: string, picoUsd: bigint): void => {
    spent.add('day', budget.calendar.at(clock.nowMs()).startMs, team, picoUsd);
    tell();
    clock.advance(1000);
  };

  it('change exactly at their limits, once each, and begin anew with the period', () => {
    spend('a', 8n * USD - 1n);
    expect(told).toEqual([]);
    spend('a', 1n);
    spend('a', 1n);
    spend('b', 10n * USD);
    spend('a', 2n * USD);
    expect(told.splice(0)).toEqual(['a ok soft 80', 'b ok exceeded 100', 'a soft exceeded 100']);
    clock.advance(DAY_MS);
    spend('a', 1n);
    expect(told.splice(0).toSorted()).toEqual(['a exceeded ok 0', 'b exceeded ok 0']);
    end();
    spend('a', 20n * USD);
    expect(told).toEqual([]);
  });
});
