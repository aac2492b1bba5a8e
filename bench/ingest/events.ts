/** The events of the ingest benchmark: about 350 bytes each, as a gateway would send them. */

const models = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4o-mini'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-flash'],
] as const;

/** Bodies of `batch` events each, with ids that no other run has. */
export function eventBatches(events: number, batch: number): Buffer[] {
  const run = `${process.pid.toString(36)}${performance.timeOrigin.toString(36)}`;
  const bodies: Buffer[] = [];
  for (let start = 0; start < events; start += batch) {
    const list = Array.from({ length: Math.min(batch, events - start) }, (_, i) => eventOf(run, start + i));
    bodies.push(Buffer.from(JSON.stringify(list)));
  }
  return bodies;
}

function eventOf(run: string, n: number) {
  const [provider, model] = models[n % models.length] ?? models[0];
  return {
    id: `${run}-${n}`,
    timestamp: performance.timeOrigin - 60_000 + (n % 60_000),
    provider,
    model,
    task_type: ['extraction', 'generation', 'vision'][n % 3],
    status: n % 50 === 0 ? 'error' : 'success',
    input_tokens: 200 + (n % 4000),
    output_tokens: 20 + (n % 800),
    cache_read_tokens: n % 200,
    latency_ms: 300 + (n % 5000),
    ttft_ms: 80 + (n % 300),
    user_id: `user-${n % 3000}`,
    team: `team-${n % 12}`,
    application: `app-${n % 5}`,
    environment: 'production',
    quality_score: (n % 100) / 100,
  };
}
