import { describe, expect, it } from 'vitest';
import { eventOf, operationOf, type SentEvent } from './span-event.ts';
import { type Plain, type TestSpan, tracesRequest } from './test-spans.ts';
import { decodeTracesJson } from './traces-json.ts';

/** The event of one span, without what every span has; null if it is no call. */
function read(span: TestSpan, resource: Readonly<Record<string, Plain>> = {}): SentEvent | null {
  let event: SentEvent | null = null;
  decodeTracesJson(Buffer.from(JSON.stringify(tracesRequest([span], resource))), (decoded, of) => {
    const operation = operationOf(decoded.attributes);
    event = operation === null ? null : eventOf(decoded, of, operation);
  });
  return event;
}

const always = {
  id: `${'1'.padStart(32, '0')}-${'1'.padStart(16, '0')}`,
  correlation_id: '1'.padStart(32, '0'),
  latency_ms: 1500,
};

interface Convention {
  readonly name: string;
  readonly attributes: Readonly<Record<string, Plain>>;
  readonly event: SentEvent;
}

const conventions: readonly Convention[] = [
  {
    name: 'OpenTelemetry up to 1.36',
    attributes: {
      'gen_ai.system': 'openai',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.openai.response.service_tier': 'flex',
      'gen_ai.prompt': 'secret',
      'gen_ai.completion': 'secret',
    },
    event: {
      operation: 'chat',
      provider: 'openai',
      model: 'gpt-4o',
      response_model: 'gpt-4o-2024-08-06',
      input_tokens: 100,
      output_tokens: 20,
      service_tier: 'flex',
    },
  },
  {
    name: 'older still, without an operation',
    attributes: {
      'gen_ai.system': 'anthropic',
      'gen_ai.request.model': 'claude-3-opus',
      'gen_ai.usage.prompt_tokens': 7,
      'gen_ai.usage.completion_tokens': 3,
    },
    event: {
      operation: 'chat',
      provider: 'anthropic',
      model: 'claude-3-opus',
      input_tokens: 7,
      output_tokens: 3,
    },
  },
  {
    name: 'OpenTelemetry 1.37 to 1.41',
    attributes: {
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.cache_creation.input_tokens': 300,
      'gen_ai.usage.reasoning.output_tokens': 30,
      'gen_ai.response.time_to_first_chunk': 0.123,
      'gen_ai.conversation.id': 'c1',
      'gen_ai.input.messages': 'secret',
    },
    event: {
      operation: 'chat',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      input_tokens: 1000,
      output_tokens: 50,
      cache_read_tokens: 600,
      cache_write_tokens: 300,
      reasoning_tokens: 30,
      ttft_ms: 123,
      session_id: 'c1',
    },
  },
  {
    name: 'the repository of its own',
    attributes: {
      'gen_ai.provider.name': 'openai',
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.request.model': 'text-embedding-3-large',
      'gen_ai.usage.input_tokens': 900,
      'gen_ai.usage.cache_write.input_tokens': 100,
      'gen_ai.usage.audio.input_tokens': 5,
      'gen_ai.usage.image.input_tokens': 6,
      'openai.response.service_tier': 'priority',
    },
    event: {
      operation: 'embeddings',
      provider: 'openai',
      model: 'text-embedding-3-large',
      input_tokens: 900,
      cache_write_tokens: 100,
      input_audio_tokens: 5,
      input_image_tokens: 6,
      service_tier: 'priority',
    },
  },
  {
    name: 'OpenInference',
    attributes: {
      'openinference.span.kind': 'LLM',
      'llm.provider': 'azure',
      'llm.system': 'openai',
      'llm.model_name': 'gpt-4o',
      'llm.token_count.prompt': 12,
      'llm.token_count.completion': 8,
      'llm.token_count.total': 20,
      'llm.token_count.prompt_details.cache_read': 4,
      'llm.token_count.completion_details.reasoning': 2,
      'llm.token_count.completion_details.audio': 1,
      'user.id': 'u1',
      'session.id': 's1',
      'llm.input_messages.0.message.content': 'secret',
    },
    event: {
      operation: 'chat',
      provider: 'azure',
      model: 'gpt-4o',
      input_tokens: 12,
      output_tokens: 8,
      cache_read_tokens: 4,
      reasoning_tokens: 2,
      output_audio_tokens: 1,
      user_id: 'u1',
      session_id: 's1',
    },
  },
  {
    name: 'embeddings of OpenInference, which know the total alone',
    attributes: {
      'openinference.span.kind': 'EMBEDDING',
      'embedding.model_name': 'embed-v3',
      'llm.token_count.total': 33,
    },
    event: { operation: 'embeddings', provider: 'unknown', model: 'embed-v3', input_tokens: 33 },
  },
  {
    name: 'OpenLLMetry',
    attributes: {
      'llm.request.type': 'completion',
      'gen_ai.system': 'Anthropic',
      'gen_ai.request.model': 'claude-3-5-sonnet',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read_input_tokens': 400,
      'gen_ai.usage.cache_creation_input_tokens': 90,
      'gen_ai.usage.reasoning_tokens': 2,
      'traceloop.association.properties.user_id': 'u2',
      'traceloop.entity.input': 'secret',
    },
    // Its input leaves the cache out, which only this can mean: the parts are larger than the whole.
    event: {
      operation: 'text_completion',
      provider: 'Anthropic',
      model: 'claude-3-5-sonnet',
      input_tokens: 500,
      output_tokens: 5,
      cache_read_tokens: 400,
      cache_write_tokens: 90,
      reasoning_tokens: 2,
      user_id: 'u2',
    },
  },
  {
    name: 'Vercel AI SDK 3 to 5',
    attributes: {
      'ai.operationId': 'ai.streamText.doStream',
      'operation.name': 'ai.streamText.doStream support',
      'ai.model.provider': 'openai.responses',
      'ai.model.id': 'gpt-4o',
      'ai.response.model': 'gpt-4o-2024-08-06',
      'ai.usage.promptTokens': 30,
      'ai.usage.completionTokens': 6,
      'ai.response.msToFirstChunk': 88.5,
      'ai.telemetry.metadata.userId': 'u3',
      'ai.prompt.messages': 'secret',
    },
    event: {
      operation: 'chat',
      provider: 'openai',
      model: 'gpt-4o',
      response_model: 'gpt-4o-2024-08-06',
      input_tokens: 30,
      output_tokens: 6,
      ttft_ms: 88.5,
      user_id: 'u3',
    },
  },
  {
    name: 'Vercel AI SDK 6, with both vocabularies',
    attributes: {
      'ai.operationId': 'ai.embed.doEmbed',
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'text-embedding-3-small',
      'ai.model.provider': 'openai.embedding',
      'ai.usage.tokens': 12,
    },
    event: { operation: 'embeddings', provider: 'openai', model: 'text-embedding-3-small', input_tokens: 12 },
  },
  {
    name: 'reasoning that its output leaves out',
    attributes: {
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.request.model': 'gemini-2.5-pro',
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.reasoning.output_tokens': 500,
    },
    event: {
      operation: 'generate_content',
      provider: 'gcp.gemini',
      model: 'gemini-2.5-pro',
      output_tokens: 510,
      reasoning_tokens: 500,
    },
  },
  {
    name: 'fields named outright, which win',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'bellwether.provider': 'azure',
      'bellwether.team': 'search',
      'bellwether.cost_usd': '0.25',
      'bellwether.quality_score': 0.5,
      'bellwether.cache_hit': true,
    },
    event: {
      operation: 'chat',
      provider: 'azure',
      model: 'gpt-4o',
      team: 'search',
      cost_usd: '0.25',
      quality_score: 0.5,
      cache_hit: true,
    },
  },
];

describe('a call of a model', () => {
  it.each(conventions)('is read from $name', ({ attributes, event }) => {
    expect(read({ attributes })).toEqual({ ...always, ...event });
  });

  it('is who and where its resource is', () => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'x', 'gen_ai.request.model': 'm' };
    const resource = {
      'service.name': 'shop',
      'service.version': '1.2',
      'deployment.environment.name': 'production',
      'deployment.environment': 'old',
      'bellwether.tenant': 't1',
    };
    expect(read({ attributes }, resource)).toMatchObject({
      application: 'shop',
      deployment: '1.2',
      environment: 'production',
      tenant: 't1',
    });
  });

  it.each([
    [{ status: { code: 2 } }, {}, 'error', '_OTHER'],
    [{ status: { code: 2 } }, { 'error.type': 'RateLimitError' }, 'error', 'RateLimitError'],
    [{}, { 'error.type': 'timeout' }, 'timeout', 'timeout'],
    [{}, { 'error.type': 'httpx.ReadTimeout' }, 'timeout', 'httpx.ReadTimeout'],
    [{}, { 'error.type': 'CancelledError' }, 'cancelled', 'CancelledError'],
    [{ status: { code: 1 } }, {}, undefined, undefined],
  ])('ends as its status and its error say: %j %j', (span, attributes, status, type) => {
    const event = read({ ...span, attributes: { 'gen_ai.operation.name': 'chat', ...attributes } });
    expect([event?.['status'], event?.['error_type']]).toEqual([status, type]);
  });

  it('has its first token where an event of OpenInference says so', () => {
    const attributes = { 'openinference.span.kind': 'LLM', 'llm.model_name': 'm' };
    const events = [{ name: 'First Token Stream Event', timeUnixNano: '1790000000250000001' }];
    expect(read({ attributes, events })).toMatchObject({ ttft_ms: 250 });
  });

  it('keeps no text longer than an event may have, and cuts none within a character', () => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': `${'m'.repeat(255)}😀` };
    const model = read({ attributes })?.['model'];
    expect(model).toBe(`${'m'.repeat(255)}\ufffd`);
  });

  it.each([
    { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 9 },
    { 'gen_ai.operation.name': 'execute_tool' },
    { 'gen_ai.operation.name': 'fetch_response', 'gen_ai.usage.input_tokens': 9 },
    { 'gen_ai.operation.name': 'an_operation_of_tomorrow' },
    { 'traceloop.span.kind': 'workflow', 'gen_ai.system': 'openai', 'gen_ai.request.model': 'm' },
    { 'openinference.span.kind': 'CHAIN', 'llm.token_count.prompt': 9 },
    { 'openinference.span.kind': 'AGENT', 'llm.model_name': 'm' },
    { 'ai.operationId': 'ai.generateText', 'gen_ai.operation.name': 'chat', 'ai.usage.promptTokens': 9 },
    { 'ai.operationId': 'ai.toolCall' },
    { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'm', 'gen_ai.agent.name': 'helper' },
    { 'llm.request.type': 'rerank' },
    { 'http.request.method': 'POST' },
  ])('is not: %j', (attributes: Readonly<Record<string, Plain>>) => {
    expect(read({ attributes })).toBeNull();
  });

  it('is an operation that is not known yet, if it used tokens', () => {
    const attributes = { 'gen_ai.operation.name': 'imagine', 'gen_ai.usage.output_tokens': 9 };
    expect(read({ attributes })).toMatchObject({ operation: 'imagine', output_tokens: 9 });
  });
});
