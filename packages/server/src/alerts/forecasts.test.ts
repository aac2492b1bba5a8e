import { describe, expect, it } from 'vitest';
import { type ForecastSubject, readAlertRules } from '../config/index.ts';
import { Forecasts, noForecast } from './forecasts.ts';

function subjectOf(rule: object): ForecastSubject {
  const rules = readAlertRules([{ id: 'x', above: 1, ...rule }]);
  if (typeof rules === 'string') throw new Error(rules);
  const subject = rules[0]?.subject;
  if (subject?.kind !== 'forecast') throw new Error('no forecast');
  return subject;
}

describe('forecasts for rules', () => {
  it('are made now and then, and once for all bounds', async () => {
    let made = 0;
    const forecasts = new Forecasts({
      month_end_usd: () => {
        made += 1;
        const values = { ...noForecast({}).values, expected: made, upper80: made + 0.5 };
        return Promise.resolve([{ labels: { team: 'a' }, values }]);
      },
    });
    const [expected, upper] = ['expected', 'upper80'].map((bound) =>
      subjectOf({ forecast: 'month_end_usd', bound }),
    );
    if (expected === undefined || upper === undefined) throw new Error('no subjects');
    expect(await forecasts.read(expected, 0)).toEqual([{ labels: { team: 'a' }, value: 1 }]);
    expect(await forecasts.read(upper, 599_999)).toEqual([{ labels: { team: 'a' }, value: 1.5 }]);
    expect(await forecasts.read(expected, 600_000)).toEqual([{ labels: { team: 'a' }, value: 2 }]);
    await forecasts.read(subjectOf({ forecast: 'month_end_usd', by: 'team' }), 600_000);
    expect(made).toBe(3);
  });

  it('are tried again after a failure', async () => {
    let fails = true;
    const forecasts = new Forecasts({
      disk_full_days: () => (fails ? Promise.reject(new Error('no ledger')) : Promise.resolve([])),
    });
    const subject = subjectOf({ forecast: 'disk_full_days' });
    await expect(forecasts.read(subject, 0)).rejects.toThrow('no ledger');
    fails = false;
    expect(await forecasts.read(subject, 0)).toEqual([]);
    fails = true;
    // What found nothing is looked for again soon.
    await expect(forecasts.read(subject, 60_000)).rejects.toThrow('no ledger');
    await expect(forecasts.read(subjectOf({ forecast: 'month_end_usd' }), 0)).rejects.toThrow(
      'nothing makes',
    );
  });
});

describe('the declaration of a rule over a forecast', () => {
  it.each([
    [{ forecast: 'tomorrow' }, 'must be one of month_end_usd'],
    [{ forecast: 'month_end_usd', bound: 'upper99' }, 'bound must be one of expected'],
    [{ forecast: 'month_end_usd', measure: 'requests' }, 'measure does not go with month_end_usd'],
    [{ forecast: 'disk_full_days', by: 'team' }, 'by does not go with disk_full_days'],
    [{ forecast: 'days_until_limit', measure: 'requests' }, 'limit must be given'],
    [
      { forecast: 'days_until_limit', measure: 'requests', limit: 5, step: '1m', ahead: '2d' },
      'at most 1000 steps',
    ],
  ])('refuses %j', (rule, problem) => {
    expect(readAlertRules([{ id: 'x', above: 1, ...rule }])).toContain(problem);
  });
});
