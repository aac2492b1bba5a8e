import { describe, expect, it } from 'vitest';
import { forecastsText } from './forecast-ledger.ts';

const around = (point: number) => ({
  point,
  lower80: point * 0.9,
  upper80: point * 1.1,
  lower95: point * 0.8,
  upper95: point * 1.2,
});

describe('forecasts as text', () => {
  it('has columns that add up as they are printed', () => {
    const points = [10.004, 10.004, 1234.504];
    const text = forecastsText({
      measure: 'cost_usd',
      unit: 'usd',
      good: 'lower',
      by: [],
      from: '2026-10-24T00:00:00.000Z',
      to: '2026-11-21T00:00:00.000Z',
      step_seconds: 86_400,
      horizon: 3,
      groups: 1,
      groups_left_out: 0,
      truncated: false,
      forecasts: [
        {
          labels: {},
          steps: points.map((point, i) => ({ at: `2026-11-2${i + 1}T00:00:00.000Z`, ...around(point) })),
          total: around(1254.512),
          model: 'mean',
          backtest: { smape: 12.34, mase: 1 },
          reaches_limit: null,
        },
      ],
      // Rounded by themselves these would be 10.01, 20.00 and 30.02.
      month_end: { spent: 10.006, ...around(30.014), model: 'mean', backtest: { smape: null, mase: null } },
    });
    expect(text).toBe(`Forecast from the history of 2026-10-24T00:00:00.000Z to 2026-11-21T00:00:00.000Z

cost_usd of all requests, usd, wrong by 12.3 % (sMAPE) in back-tests
from              expected                  80 %                  95 %
2026-11-21 00:00     10.00         9.00 to 11.00         8.00 to 12.00
2026-11-22 00:00     10.00         9.00 to 11.00         8.00 to 12.00
2026-11-23 00:00  1,234.50  1,111.05 to 1,357.95    987.60 to 1,481.40
total             1,254.50  1,129.06 to 1,379.96  1,003.61 to 1,505.41

This month: $10.01 spent, $20.00 still to come, $30.01 at its end (80 %: $27.01 to $33.02)
`);
  });

  it('gives small figures the digits that they need', () => {
    const text = forecastsText({
      measure: 'error_ratio',
      unit: 'ratio',
      good: 'lower',
      by: [],
      from: 'a',
      to: 'b',
      step_seconds: 3600,
      horizon: 1,
      groups: 1,
      groups_left_out: 0,
      truncated: false,
      forecasts: [
        {
          labels: { model: 'm' },
          steps: [{ at: '2026-11-21T00:00:00.000Z', ...around(0.0123456) }],
          total: null,
          model: 'mean',
          backtest: { smape: null, mase: null },
          reaches_limit: null,
        },
      ],
    });
    expect(text).toContain('error_ratio of m, ratio\n');
    expect(text).toContain('2026-11-21 00:00   0.01235  0.01111 to 0.01358');
  });
});
