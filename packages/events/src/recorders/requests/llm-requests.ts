/** The LLM pack, recorded from finished requests. Money is summed exactly. */

import { defineMetrics, defineRecord } from '@bellwether/metrics';
import { llmPack } from '../../catalogue/llm.ts';
import { MoneyLedger, type MoneySeries } from '../money/money-series.ts';
import { Accounts } from '../windows/accounts.ts';
import { beforeScrape } from '../windows/before-scrape.ts';
import { errorTypeOf, type FinishedRequest, type PackOptions, UNKNOWN } from './finished-request.ts';

/** What differs from pack to pack. */
export interface LlmOptions extends PackOptions {
  readonly latencyBuckets?: readonly number[] | undefined;
}

/** The record that the families are updated from. */
interface LlmRecord {
  provider: string;
  task_type: string;
  model: string;
  error_type: string | undefined;
  latency_ms: number | undefined;
  input_tokens: number;
  output_tokens: number;
}

/** Records the LLM pack. */
export class LlmRequests {
  readonly #group: { record(record: LlmRecord, exemplarLabels?: Readonly<Record<string, string>>): void };
  readonly #costs: Accounts<MoneySeries>;
  readonly #record: LlmRecord = {
    provider: '',
    task_type: '',
    model: '',
    error_type: undefined,
    latency_ms: undefined,
    input_tokens: 0,
    output_tokens: 0,
  };

  constructor({ registry, latencyBuckets, onRefused }: LlmOptions) {
    const llm = defineMetrics(llmPack(latencyBuckets), { registry });
    this.#group = defineRecord(
      {
        name: 'an LLM request',
        labels: ['provider', 'task_type', 'model'],
        optionalLabels: ['error_type'],
        updates: [
          { metric: llm.requests, add: 1 },
          { metric: llm.latency, observe: 'latency_ms', dividedBy: 1000, optional: true },
          { metric: llm.tokens, with: { token_type: 'input' }, add: 'input_tokens' },
          { metric: llm.tokens, with: { token_type: 'output' }, add: 'output_tokens' },
          { metric: llm.tokens, with: { token_type: 'total' }, add: ['input_tokens', 'output_tokens'] },
          { metric: llm.errors, add: 1 },
        ],
      },
      { onRefused },
    );
    const money = new MoneyLedger();
    this.#costs = new Accounts(registry.limits.seriesMax, (provider) =>
      money.open(llm.cost.labels({ provider })),
    );
    beforeScrape(registry, [llm.cost], () => money.show());
  }

  /** Records a request; the exemplar is kept with its duration. */
  record(request: FinishedRequest, exemplarLabels?: Readonly<Record<string, string>>): void {
    const record = this.#record;
    record.provider = request.provider;
    record.task_type = request.taskType || UNKNOWN;
    record.model = request.model;
    record.error_type = errorTypeOf(request) || undefined;
    record.latency_ms = request.latencyMs;
    record.input_tokens = request.inputTokens ?? 0;
    record.output_tokens = request.outputTokens ?? 0;
    this.#group.record(record, exemplarLabels);
    // A cost of zero counts too: it tells a provider that is free from one without a price.
    if (request.cost !== undefined) this.#costs.of(request.provider).add(request.cost);
  }
}
