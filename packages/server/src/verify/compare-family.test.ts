import { Registry } from '@bellwether/metrics';
import { RequestRecorder, emptyRequest } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { checkedFamilies } from './accuracy-families.ts';
import { compareFamily, type LedgerGroup } from './compare-family.ts';

const all = {
  business: true,
  roi: true,
  cost: true,
  modelCost: true,
  adoption: true,
  usagePatterns: true,
  satisfaction: true,
};

/** Live counters of three requests. */
function counters(): Registry {
  const registry = new Registry();
  const recorder = new RequestRecorder({
    registry,
    revenuePerRequest: 0n,
    costPerRequest: 0n,
    weights: { satisfaction: 1, performance: 1, costEfficiency: 1 },
    packs: all,
    seed: [1, 2],
    onRefused: (error) => {
      throw error;
    },
  });
  for (const model of ['m1', 'm1', 'm2'])
    recorder.record({ ...emptyRequest(), provider: 'p', model, taskType: 'chat', cost: 100_000_000_000 }, 0);
  return registry;
}

async function compared(
  registry: Registry,
  sample: string,
  groups: LedgerGroup[],
  correction: number | null = null,
) {
  const checked = checkedFamilies.find((each) => each.sample === sample);
  const [shown] = await registry.families([sample]);
  if (checked === undefined || shown === undefined) throw new Error('No such family.');
  return compareFamily(checked, shown, groups, correction);
}

const stored = [
  { labels: ['p', 'chat', 'm1'], value: '2' },
  { labels: ['p', 'chat', 'm2'], value: '1' },
];

describe('a counter against the ledger', () => {
  it('agrees series by series', async () => {
    expect(await compared(counters(), 'llm_requests_total', stored)).toEqual({
      family: 'llm_requests_total',
      compared: 'series',
      series: 2,
      expected: '3',
      actual: '3',
      accuracy: 1,
      equal: true,
      differing: [],
    });
  });

  it('differs when a counter was tampered with', async () => {
    const registry = counters();
    const counter = registry.getSingleMetric('llm_requests_total') as unknown as {
      inc(labels: object): void;
    };
    counter.inc({ provider: 'p', task_type: 'chat', model: 'm2' });
    expect(await compared(registry, 'llm_requests_total', stored)).toMatchObject({
      accuracy: 1 - 1 / 3,
      equal: false,
      differing: [{ labels: { provider: 'p', task_type: 'chat', model: 'm2' }, expected: '1', actual: '2' }],
    });
  });

  it('differs when two series are wrong by what cancels out', async () => {
    const [first, second] = [
      { ...stored[0]!, value: '1' },
      { ...stored[1]!, value: '2' },
    ];
    const found = await compared(counters(), 'llm_requests_total', [first, second]);
    expect(found).toMatchObject({ expected: '3', actual: '3', equal: false, accuracy: 1 - 2 / 3 });
  });

  it('differs when the ledger has what was never counted', async () => {
    const found = await compared(counters(), 'llm_requests_total', [
      ...stored,
      { labels: ['p', 'chat', 'm3'], value: '1' },
    ]);
    expect(found).toMatchObject({ equal: false, differing: [{ labels: { model: 'm3' }, actual: '0' }] });
  });

  it('compares money to the last digit of a double', async () => {
    expect(await compared(counters(), 'llm_cost_usd_total', [{ labels: ['p'], value: '0.3' }])).toMatchObject(
      {
        equal: true,
        compared: 'series',
      },
    );
    const off = [{ labels: ['p'], value: '0.300000000001' }];
    expect(await compared(counters(), 'llm_cost_usd_total', off)).toMatchObject({ equal: false });
  });

  it('compares sums after a re-rating, without what it added', async () => {
    const groups = [{ labels: ['p'], value: '0.5' }];
    expect(await compared(counters(), 'llm_cost_usd_total', groups, 0.2)).toMatchObject({
      equal: true,
      compared: 'sum',
    });
    expect(await compared(counters(), 'llm_cost_usd_total', groups, 0.1)).toMatchObject({ equal: false });
  });
});
