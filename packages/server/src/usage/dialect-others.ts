/** Usage of Cohere, Ollama, watsonx, Aleph Alpha, Replicate, Text Generation Inference and Mistral's OCR. */

import type { Json } from './json.ts';
import { countOf, firstCount, listOf, objectOf, quantityOf } from './json.ts';
import type { Counts } from './reading.ts';
import { countsOf } from './reading.ts';

/**
 * Cohere says what it bills and, apart from that, what the model saw; a price is for
 * what is billed.
 *
 * @param usage the object that holds `billed_units` and `tokens`: `usage` or `meta`.
 * @param consumed reads what the model saw instead.
 */
export function readCohere(usage: Json, consumed = false): Counts | null {
  const billed = objectOf(usage.billed_units);
  const tokens = objectOf(usage.tokens);
  const from = consumed ? tokens : (billed ?? tokens);
  if (from === null) return null;
  const image = firstCount(from, ['image_tokens', 'images']);
  const text = firstCount(from, ['input_tokens']);
  return countsOf({
    input: text === null && image === null ? null : (text ?? 0) + (image ?? 0),
    output: firstCount(from, ['output_tokens']),
    cacheRead: consumed ? firstCount(usage, ['cached_tokens']) : null,
    inputImage: image,
    detail: { rerank_searches: firstCount(from, ['search_units']) ?? 0 },
  });
}

/** Ollama leaves the prompt's count out where it was still in memory; then the input is not known. */
export function readOllama(body: Json): Counts | null {
  if (!('eval_count' in body) && !('prompt_eval_count' in body)) return null;
  return countsOf({ input: countOf(body.prompt_eval_count), output: countOf(body.eval_count) });
}

/** watsonx counts per result; in a stream the input is in the first event and the output grows. */
export function readWatsonx(body: Json): Counts | null {
  let input: number | null = null;
  let output: number | null = null;
  for (const item of listOf(body.results)) {
    const result = objectOf(item);
    const read = countOf(result?.input_token_count);
    const written = countOf(result?.generated_token_count);
    if (read !== null) input = (input ?? 0) + read;
    if (written !== null) output = (output ?? 0) + written;
  }
  return input === null && output === null ? null : countsOf({ input, output });
}

/** The remaining figures that stand at the top of an answer or in an object of their own. */
export function readSmall(body: Json): Counts | null {
  if ('num_tokens_prompt_total' in body || 'num_tokens_generated' in body) {
    return countsOf({
      input: countOf(body.num_tokens_prompt_total),
      output: countOf(body.num_tokens_generated),
    });
  }
  const metrics = objectOf(body.metrics);
  if (metrics !== null && ('input_token_count' in metrics || 'output_token_count' in metrics)) {
    return countsOf({
      input: countOf(metrics.input_token_count),
      output: countOf(metrics.output_token_count),
    });
  }
  const details = objectOf(body.details);
  if (details !== null && 'generated_tokens' in details) {
    const prefill = details.prefill;
    const input = Array.isArray(prefill) && prefill.length > 0 ? prefill.length : null;
    return countsOf({ input, output: countOf(details.generated_tokens) });
  }
  const pages = countOf(objectOf(body.usage_info)?.pages_processed);
  if (pages !== null) return countsOf({ detail: { document_pages: pages } });
  // Transcriptions in verbose form say how long the audio was, and nothing else.
  const seconds = quantityOf(body.duration);
  const transcribed = body.task === 'transcribe' || body.task === 'translate';
  return transcribed && seconds !== null ? countsOf({ detail: { audio_seconds: seconds } }) : null;
}
