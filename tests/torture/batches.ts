/**
 * The events of the torture: batch `n` is the same whenever it is made, so that it can
 * be sent again after any crash, and what all batches sum up to is known without asking
 * anyone.
 */

const START_MS = Date.UTC(2025, 5, 1);
/** Batches within which timestamps go round once. */
const SPREAD = 40_000;

/** What a number of events comes to. */
export interface Totals {
  readonly events: number;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly costPicoUsd: bigint;
}

/** How many events a batch has. */
export function sizeOf(batch: number): number {
  return 20 + ((batch * 37) % 180);
}

/** A batch as the body of a request. */
export function bodyOf(batch: number): Buffer {
  return Buffer.from(JSON.stringify(Array.from({ length: sizeOf(batch) }, (_, i) => eventOf(batch, i))));
}

/** The sums over the batches below `end`. */
export function totalsBelow(end: number): Totals {
  let [events, inputTokens, outputTokens, costPicoUsd] = [0, 0n, 0n, 0n];
  for (let batch = 0; batch < end; batch++) {
    for (let i = 0; i < sizeOf(batch); i++) {
      const { input, output, pico } = figuresOf(batch, i);
      events += 1;
      inputTokens += BigInt(input);
      outputTokens += BigInt(output);
      costPicoUsd += BigInt(pico);
    }
  }
  return { events, inputTokens, outputTokens, costPicoUsd };
}

function figuresOf(batch: number, i: number): { input: number; output: number; pico: number } {
  const mixed = (Math.imul(batch * 1000 + i + 1, 0x9e3779b1) >>> 8) & 0xfffff;
  return { input: mixed, output: mixed % 1013, pico: mixed * 7919 + 1 };
}

function eventOf(batch: number, i: number): object {
  const { input, output, pico } = figuresOf(batch, i);
  return {
    id: `torture-${batch}-${i}`,
    timestamp: START_MS + (batch % SPREAD) * 60_000 + i,
    provider: ['openai', 'anthropic', 'google'][i % 3],
    model: 'm',
    input_tokens: input,
    output_tokens: output,
    cost_usd: `0.${String(pico).padStart(12, '0')}`,
    user_id: `user-${mixedUser(batch, i)}`,
    team: `team-${i % 7}`,
  };
}

function mixedUser(batch: number, i: number): number {
  return (batch * 31 + i) % 1000;
}
