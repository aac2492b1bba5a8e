/** Records requests inside a server that runs models, under OpenTelemetry's names. */

import { defineMetrics } from '@bellwether/metrics';
import { genAiServerPack } from '../../catalogue/gen-ai.ts';
import { safely } from './failures.ts';
import type { Recording } from './recording.ts';

/** A request that a model server has answered. */
export interface ServedRequest {
  /** `chat`, `embeddings`, … */
  readonly operation: string;
  /** Who the server says it is. */
  readonly provider: string;
  readonly model: string;
  readonly durationMs: number;
  /** From its arrival to the first token; left out if the answer was not streamed or failed. */
  readonly firstTokenMs?: number;
  /** How many tokens were generated. */
  readonly outputTokens?: number;
  /** Left out if it succeeded. */
  readonly errorType?: string;
}

/** Records requests as a model server sees them. */
export class ModelServerRecorder {
  readonly #families;
  readonly #note: (error: unknown) => void;

  constructor({ registry, failures }: Recording) {
    this.#note = failures.of('model server');
    this.#families = safely(defineMetrics(genAiServerPack, { registry }), this.#note);
  }

  /** Records an answered request. Never throws. */
  trackRequest(request: ServedRequest): void {
    try {
      const { durationMs, firstTokenMs, outputTokens = 0, errorType = '' } = request;
      const labels = {
        gen_ai_operation_name: request.operation,
        gen_ai_provider_name: request.provider,
        gen_ai_request_model: request.model,
      };
      this.#families.duration.observe({ ...labels, error_type: errorType }, durationMs / 1000);
      if (firstTokenMs === undefined || errorType !== '') return;
      this.#families.firstToken.observe(labels, firstTokenMs / 1000);
      if (outputTokens < 2) return;
      this.#families.perOutputToken.observe(labels, (durationMs - firstTokenMs) / 1000 / (outputTokens - 1));
    } catch (error) {
      this.#note(error);
    }
  }
}
