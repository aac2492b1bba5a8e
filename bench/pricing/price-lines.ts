/**
 * Lines per second of `bellwether price`, through the command's own pipe, from a
 * stream to a stream. Run with `node --conditions=source bench/pricing/price-lines.ts`;
 * the target is 50,000.
 */

import { Readable, Writable } from 'node:stream';
import { runPrice } from '../../packages/server/src/cli/price.ts';
import { systemClock } from '../../packages/server/src/clock.ts';

const LINES = 300_000;

function bodyOf(index: number): object {
  const input = (index * 7919) % 20_000;
  const output = (index * 104_729) % 3000;
  switch (index % 5) {
    case 0:
      return {
        provider: 'openai',
        body: {
          id: `chatcmpl-${index}`,
          object: 'chat.completion',
          created: 1_790_000_000,
          model: 'gpt-4o-mini-2024-07-18',
          choices: [
            { index: 0, message: { role: 'assistant', content: 'x'.repeat(200) }, finish_reason: 'stop' },
          ],
          usage: {
            prompt_tokens: input,
            completion_tokens: output,
            total_tokens: input + output,
            prompt_tokens_details: { cached_tokens: Math.floor(input / 2), audio_tokens: 0 },
            completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
          },
          service_tier: 'default',
        },
      };
    case 1:
      return {
        provider: 'anthropic',
        timestamp: '2026-10-01T12:00:00Z',
        body: {
          model: 'claude-sonnet-4-5-20250929',
          content: [{ type: 'text', text: 'x'.repeat(200) }],
          usage: {
            input_tokens: input,
            cache_creation_input_tokens: 100,
            cache_read_input_tokens: 2000,
            cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
            output_tokens: output,
            service_tier: 'standard',
          },
        },
      };
    case 2:
      return {
        provider: 'google',
        body: {
          modelVersion: 'gemini-2.5-flash',
          usageMetadata: {
            promptTokenCount: input,
            candidatesTokenCount: output,
            thoughtsTokenCount: 12,
            promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
          },
        },
      };
    case 3:
      return {
        provider: 'aws',
        model: 'amazon.nova-pro-v1:0',
        body: { usage: { inputTokens: input, outputTokens: output, totalTokens: input + output } },
      };
    default:
      return {
        usage: {
          provider: 'mistral_ai',
          model: 'mistral-large-latest',
          input_tokens: input,
          output_tokens: output,
        },
      };
  }
}

const lines = Array.from({ length: LINES }, (_, index) => `${JSON.stringify(bodyOf(index))}\n`);
const chunks: string[] = [];
for (let at = 0; at < lines.length; at += 200) chunks.push(lines.slice(at, at + 200).join(''));

let bytes = 0;
const output = new Writable({
  write(chunk: Buffer, _encoding, done) {
    bytes += chunk.length;
    done();
  },
});
const start = process.hrtime.bigint();
const failed = await runPrice(
  {},
  { input: Readable.from(chunks, { objectMode: false }), output, clock: systemClock },
);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const megabytes = (process.resourceUsage().maxRSS / 1024).toFixed(0);
console.log(
  `price: ${Math.round(LINES / seconds)} lines/s (${LINES} lines, ${failed} failed, ${bytes} bytes out, ${megabytes} MB at most, the input's own ${(chunks.join('').length / 1e6).toFixed(0)} MB included)`,
);
