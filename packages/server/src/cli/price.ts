/**
 * `bellwether price`: the cost of requests, from their raw answers or their usage.
 * Lines of JSON in, lines of JSON out, in the same order.
 */

import type { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { createPricer } from '../pricing/index.ts';
import { LINE_LENGTH_MAX, pipeLines } from './line-pipe.ts';
import { priceLine } from './price-line.ts';
import { readRateCard } from './read-rate-card.ts';

interface PriceOptions {
  readonly cards?: readonly string[];
  readonly strict?: true;
}

/** What a run of the command works on. */
export interface PriceStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
}

const EXAMPLES = `
Each line is one answer or one usage:
  {"provider":"openai","body":{"model":"gpt-4o-mini","usage":{"prompt_tokens":1000,"completion_tokens":50}}}
  {"usage":{"provider":"anthropic","model":"claude-sonnet-4-5","input_tokens":1000,"output_tokens":50}}

Beside provider and body a line may have model, api_flavor, timestamp, service_tier, region, status (of HTTP),
request (to estimate what a stream without usage read) and cost_usd. The body is an answer as JSON, or the
text of a stream.

Example:
  bellwether price --cards prices.yaml < answers.ndjson > costs.ndjson`;

/** The command. */
export function priceCommand(): Command {
  return new Command('price')
    .description('Price requests: lines of JSON on standard input, their costs on standard output.')
    .option('--cards <file...>', 'rate cards (YAML) that go before the bundled prices')
    .option('--strict', 'exit with status 1 if a line could not be read')
    .addHelpText('after', EXAMPLES)
    .action(async (options: PriceOptions) => {
      const failedLines = await runPrice(options, {
        input: process.stdin,
        output: process.stdout,
        clock: systemClock,
      });
      if (failedLines > 0 && options.strict) process.exitCode = 1;
    });
}

/**
 * Prices lines until the input ends.
 *
 * @returns how many lines were errors.
 * @throws CommandFailure if a rate card cannot be read.
 */
export async function runPrice(options: PriceOptions, streams: PriceStreams): Promise<number> {
  const pricer = createPricer({ cards: (options.cards ?? []).map(readRateCard) });
  let failedLines = 0;
  await pipeLines(streams.input, streams.output, {
    onLine(line) {
      const result = priceLine(line, { pricer, nowMs: streams.clock.nowMs() });
      if (result.startsWith('{"error":')) failedLines += 1;
      return result;
    },
    onTooLong() {
      failedLines += 1;
      const message = `The line is longer than ${LINE_LENGTH_MAX} characters.`;
      return JSON.stringify({ error: { code: 'too_long', message } });
    },
  });
  return failedLines;
}
