/** For tests: a recorder on a registry of its own, whose clock stands still until it is moved. */

import { Registry } from '@bellwether/metrics';
import { emptyRequest, type FinishedRequest } from './finished-request.ts';
import { type RecordedPacks, RequestRecorder } from './request-recorder.ts';

/** All packs and their parts. */
export const everyPack: RecordedPacks = {
  business: true,
  roi: true,
  cost: true,
  modelCost: true,
  adoption: true,
  usagePatterns: true,
  satisfaction: true,
};

/** Dollars as pico-dollars. */
export const usd = (dollars: number): number => Math.round(dollars * 1e12);

/** A recorder and ways to look at what it records. */
export class TestRecorder {
  nowMs = 1_000_000;
  readonly refused: Error[] = [];
  readonly registry: Registry;
  readonly recorder: RequestRecorder;

  constructor(packs: Partial<RecordedPacks> = {}, limits: { readonly seriesMax?: number } = {}) {
    const time = (): number => this.nowMs;
    this.registry = new Registry({ clock: { nowMs: time, monotonicMs: time }, ...limits });
    this.recorder = new RequestRecorder({
      registry: this.registry,
      revenuePerRequest: 10_000_000_000n,
      costPerRequest: 5_000_000_000n,
      weights: { satisfaction: 0.3, performance: 0.4, costEfficiency: 0.3 },
      packs: { ...everyPack, ...packs },
      seed: [1, 2],
      onRefused: (error) => this.refused.push(error),
    });
  }

  record(request: Partial<FinishedRequest>): void {
    const whole = { ...emptyRequest(), provider: 'openai', model: 'gpt-4o', ...request };
    this.recorder.record(whole, this.nowMs);
  }

  /** What is exposed, as `name{labels}` → value. */
  async samples(): Promise<Map<string, number>> {
    const lines = (await this.registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  /** The samples whose names begin so. */
  async family(name: string): Promise<Record<string, number>> {
    const samples = await this.samples();
    return Object.fromEntries([...samples].filter(([key]) => key.split('{')[0] === name));
  }
}
