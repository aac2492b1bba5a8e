/** Requests of spans as instrumented applications send them: a dozen attributes, a prompt among them. */

import { otlpTypes, toProtobuf } from '../../packages/server/src/ingest/otlp/test-schema.ts';

const models = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-pro'] as const;
const providers = ['openai', 'openai', 'anthropic', 'gcp.gemini'] as const;

/** How spans are laid out. */
export interface SpanOptions {
  readonly spans: number;
  /** Spans of one request. */
  readonly batch: number;
  /** Of so many spans one is a call of a model; the others are steps around it. */
  readonly callEvery: number;
  /** Where the ids begin, so that two runs share none. */
  readonly from: number;
  readonly startMs: number;
}

/** The requests, in both encodings. */
export function* spanRequests(
  { spans, batch, callEvery, from, startMs }: SpanOptions,
  encoding: 'protobuf' | 'json',
): Generator<Buffer> {
  for (let at = 0; at < spans; at += batch) {
    const list = Array.from({ length: Math.min(batch, spans - at) }, (_none, i) =>
      spanOf(from + at + i, (at + i) % callEvery === 0, startMs + at + i),
    );
    const resource = { attributes: [text('service.name', 'shop'), text('service.version', '1.4.2')] };
    const request = {
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans: list }] }],
    };
    yield encoding === 'json' ? Buffer.from(JSON.stringify(request)) : toProtobuf(otlpTypes.traces, request);
  }
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const count = (key: string, value: number) => ({ key, value: { intValue: String(value) } });

function spanOf(n: number, isCall: boolean, startMs: number) {
  const model = models[n % models.length] ?? '';
  const calls = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', providers[n % providers.length] ?? ''),
    text('gen_ai.request.model', model),
    text('gen_ai.response.model', model),
    text('gen_ai.response.id', `chatcmpl-${n}`),
    count('gen_ai.request.max_tokens', 1024),
    count('gen_ai.usage.input_tokens', 200 + (n % 3000)),
    count('gen_ai.usage.output_tokens', 20 + (n % 500)),
    text('gen_ai.conversation.id', `conversation-${n % 1000}`),
    text('user.id', `user-${n % 5000}`),
    text('server.address', 'api.example.org'),
    text(
      'gen_ai.input.messages',
      `[{"role":"user","parts":[{"type":"text","content":"${'word '.repeat(40)}"}]}]`,
    ),
  ];
  const steps = [text('gen_ai.operation.name', 'execute_tool'), text('gen_ai.tool.name', 'search')];
  return {
    traceId: (n >> 3).toString(16).padStart(32, 'a'),
    spanId: n.toString(16).padStart(16, 'b'),
    parentSpanId: 'c'.repeat(16),
    name: isCall ? `chat ${model}` : 'execute_tool search',
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 800}000000`,
    attributes: isCall ? calls : steps,
  };
}
