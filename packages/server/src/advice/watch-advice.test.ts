import { Registry } from '@bellwether/metrics';
import { expect, it } from 'vitest';
import { adviceMetrics } from './watch-advice.ts';
import type { Advice } from './advice.ts';

const advice = (kind: Advice['kind'], saving: string | null): Advice => ({
  kind,
  id: kind,
  action: '',
  saving_usd_per_month: saving,
  gain: '',
  confidence: 'high',
  evidence: { from: '', to: '', requests: 1, path: '', figures: {} },
  method: '',
});

it('counts all advice, whether it saves money or not', async () => {
  const registry = new Registry();
  adviceMetrics(registry)({
    advice: [
      advice('limits', null),
      advice('limits', null),
      advice('batch', '1.50'),
      advice('batch', '2.25'),
    ],
  });
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('cost_optimization_recommendations{kind="limits"} 2');
  expect(lines).toContain('cost_optimization_savings_usd{kind="limits"} 0');
  expect(lines).toContain('cost_optimization_recommendations{kind="batch"} 2');
  expect(lines).toContain('cost_optimization_savings_usd{kind="batch"} 3.75');
  expect(lines).toContain('cost_optimization_recommendations{kind="retries"} 0');
});
