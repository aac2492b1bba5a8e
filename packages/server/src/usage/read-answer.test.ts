import { describe, expect, it } from 'vitest';
import type { AnswerContext } from './read-answer.ts';
import { readAnswer, StreamReader } from './read-answer.ts';

/** The counts that are not unknown or 0, and the quantities beside them. */
function read(body: unknown, context: Partial<AnswerContext> = {}): Record<string, unknown> {
  const { state, counts, model, serviceTier, region } = readAnswer(body, {
    provider: '',
    apiFlavor: '',
    ...context,
  });
  const { detail, ...tokens } = counts;
  const named = Object.fromEntries(
    Object.entries(tokens).filter(([, count]) => count !== null && count !== 0),
  );
  const facts = Object.fromEntries(
    Object.entries({ model, serviceTier, region }).filter(([, text]) => text !== ''),
  );
  return { ...(state === 'reported' ? {} : { state }), ...named, ...detail, ...facts };
}

describe('an answer', () => {
  it.each<[string, unknown, Partial<AnswerContext>, Record<string, unknown>]>([
    [
      'of OpenAI chat, with audio and a tier',
      {
        model: 'gpt-4o-audio-preview',
        service_tier: 'flex',
        usage: {
          prompt_tokens: 100,
          completion_tokens: 60,
          total_tokens: 160,
          prompt_tokens_details: { cached_tokens: 20, audio_tokens: 30, text_tokens: 70 },
          completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 40 },
        },
      },
      {},
      {
        input_tokens: 100,
        output_tokens: 60,
        cache_read_tokens: 20,
        reasoning_tokens: 5,
        input_audio_tokens: 30,
        output_audio_tokens: 40,
        model: 'gpt-4o-audio-preview',
        serviceTier: 'flex',
      },
    ],
    [
      'of OpenAI responses, with searches',
      {
        model: 'gpt-5',
        output: [
          { type: 'web_search_call', action: { type: 'search' } },
          { type: 'web_search_call', action: { type: 'open_page' } },
          { type: 'file_search_call' },
        ],
        usage: {
          input_tokens: 50,
          input_tokens_details: { cached_tokens: 10, cache_write_tokens: 7 },
          output_tokens: 30,
          output_tokens_details: { reasoning_tokens: 20 },
          total_tokens: 80,
        },
      },
      {},
      {
        input_tokens: 50,
        output_tokens: 30,
        cache_read_tokens: 10,
        cache_write_tokens: 7,
        reasoning_tokens: 20,
        web_searches: 1,
        storage_searches: 1,
        model: 'gpt-5',
      },
    ],
    [
      'of OpenAI embeddings',
      { model: 'e', usage: { prompt_tokens: 8, total_tokens: 8 } },
      {},
      { input_tokens: 8, model: 'e' },
    ],
    [
      'of OpenAI images',
      {
        created: 1,
        usage: {
          input_tokens: 60,
          input_tokens_details: { text_tokens: 10, image_tokens: 50 },
          output_tokens: 4160,
          output_tokens_details: { image_tokens: 4160, text_tokens: 0 },
          total_tokens: 4220,
        },
      },
      {},
      { input_tokens: 60, output_tokens: 4160, input_image_tokens: 50, output_image_tokens: 4160 },
    ],
    [
      'of OpenAI transcription by tokens',
      {
        text: 'x',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 0, audio_tokens: 14 },
          output_tokens: 45,
          total_tokens: 59,
        },
      },
      {},
      { input_tokens: 14, output_tokens: 45, input_audio_tokens: 14 },
    ],
    [
      'of OpenAI transcription by time',
      { text: 'x', usage: { type: 'duration', seconds: 27 } },
      {},
      { audio_seconds: 27 },
    ],
    [
      'of Whisper in verbose form',
      { task: 'transcribe', duration: 8.47, text: 'x' },
      {},
      { audio_seconds: 8.47 },
    ],
    [
      'of OpenAI realtime',
      {
        type: 'response.done',
        response: {
          id: 'r1',
          usage: {
            total_tokens: 253,
            input_tokens: 132,
            output_tokens: 121,
            input_token_details: {
              text_tokens: 119,
              audio_tokens: 13,
              cached_tokens: 64,
              cached_tokens_details: { text_tokens: 60, audio_tokens: 4 },
            },
            output_token_details: { text_tokens: 30, audio_tokens: 91 },
          },
        },
      },
      { apiFlavor: 'realtime' },
      {
        input_tokens: 132,
        output_tokens: 121,
        cache_read_tokens: 64,
        input_audio_tokens: 13,
        output_audio_tokens: 91,
        cache_audio_read_tokens: 4,
      },
    ],
    [
      'of an OpenAI batch',
      {
        custom_id: 'a',
        response: {
          status_code: 200,
          body: { model: 'gpt-4o', usage: { prompt_tokens: 1, completion_tokens: 2 } },
        },
      },
      {},
      { input_tokens: 1, output_tokens: 2, model: 'gpt-4o', serviceTier: 'batch' },
    ],
    [
      'of Anthropic with caches of 5 minutes and of 1 hour',
      {
        model: 'claude-sonnet-4-5',
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 200,
          cache_creation_input_tokens: 300,
          cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
          output_tokens: 50,
          output_tokens_details: { thinking_tokens: 20 },
          server_tool_use: { web_search_requests: 2 },
          service_tier: 'batch',
          inference_geo: 'us',
        },
      },
      {},
      {
        input_tokens: 510,
        output_tokens: 50,
        cache_read_tokens: 200,
        cache_write_tokens: 300,
        cache_write_1h_tokens: 200,
        reasoning_tokens: 20,
        web_searches: 2,
        model: 'claude-sonnet-4-5',
        serviceTier: 'batch',
        region: 'us',
      },
    ],
    [
      'of Anthropic in fast mode, with a compaction',
      {
        model: 'claude-opus-5',
        usage: {
          input_tokens: 20,
          output_tokens: 10,
          speed: 'fast',
          iterations: [
            { type: 'compaction', input_tokens: 1000, output_tokens: 100 },
            { type: 'message', input_tokens: 20, output_tokens: 10 },
          ],
        },
      },
      { provider: 'anthropic', apiFlavor: 'default' },
      { input_tokens: 1020, output_tokens: 110, model: 'claude-opus-5', serviceTier: 'fast' },
    ],
    [
      'of Gemini with thoughts, tools and modalities',
      {
        modelVersion: 'gemini-2.5-flash',
        usageMetadata: {
          promptTokenCount: 1000,
          cachedContentTokenCount: 400,
          candidatesTokenCount: 50,
          thoughtsTokenCount: 70,
          toolUsePromptTokenCount: 30,
          totalTokenCount: 1150,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 500 },
            { modality: 'AUDIO', tokenCount: 100 },
            { modality: 'IMAGE', tokenCount: 150 },
            { modality: 'DOCUMENT', tokenCount: 50 },
            { modality: 'VIDEO', tokenCount: 200 },
          ],
          cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 40 }],
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 20 }],
          trafficType: 'ON_DEMAND',
        },
      },
      {},
      {
        input_tokens: 1030,
        output_tokens: 120,
        cache_read_tokens: 400,
        reasoning_tokens: 70,
        input_audio_tokens: 100,
        input_image_tokens: 200,
        input_video_tokens: 200,
        cache_audio_read_tokens: 40,
        output_image_tokens: 20,
        model: 'gemini-2.5-flash',
        serviceTier: 'ON_DEMAND',
      },
    ],
    [
      'of the Gemini Live interface',
      {
        usageMetadata: {
          promptTokenCount: 10,
          responseTokenCount: 20,
          responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 15 }],
        },
      },
      {},
      { input_tokens: 10, output_tokens: 20, output_audio_tokens: 15 },
    ],
    [
      'of Vertex AI embeddings',
      {
        predictions: [
          { embeddings: { statistics: { token_count: 7 } } },
          { embeddings: { statistics: { token_count: 4 } } },
        ],
      },
      {},
      { input_tokens: 11 },
    ],
    [
      'of Bedrock Converse with a cache of 1 hour',
      {
        usage: {
          inputTokens: 3,
          outputTokens: 61,
          totalTokens: 2435,
          cacheReadInputTokens: 2074,
          cacheWriteInputTokens: 297,
          cacheDetails: [
            { ttl: '1h', inputTokens: 200 },
            { ttl: '5m', inputTokens: 97 },
          ],
        },
        serviceTier: { type: 'priority' },
      },
      { provider: 'aws.bedrock' },
      {
        input_tokens: 2374,
        output_tokens: 61,
        cache_read_tokens: 2074,
        cache_write_tokens: 297,
        cache_write_1h_tokens: 200,
        serviceTier: 'priority',
      },
    ],
    [
      'of Llama on Bedrock',
      { generation: 'x', prompt_token_count: 8, generation_token_count: 35 },
      {},
      { input_tokens: 8, output_tokens: 35 },
    ],
    [
      'of Titan on Bedrock',
      {
        inputTextTokenCount: 9,
        results: [
          { tokenCount: 17, outputText: 'x' },
          { tokenCount: 3, outputText: 'y' },
        ],
      },
      {},
      { input_tokens: 9, output_tokens: 20 },
    ],
    [
      'of the Vercel AI SDK',
      {
        usage: {
          inputTokens: 100,
          outputTokens: 20,
          totalTokens: 120,
          reasoningTokens: 5,
          cachedInputTokens: 40,
        },
      },
      {},
      { input_tokens: 100, output_tokens: 20, cache_read_tokens: 40, reasoning_tokens: 5 },
    ],
    [
      'of Mistral',
      {
        model: 'mistral-large-latest',
        usage: {
          prompt_tokens: 268,
          completion_tokens: 5,
          total_tokens: 273,
          prompt_tokens_details: { cached_tokens: 224 },
        },
      },
      {},
      { input_tokens: 268, output_tokens: 5, cache_read_tokens: 224, model: 'mistral-large-latest' },
    ],
    [
      'of Mistral OCR',
      { pages: [], model: 'mistral-ocr-latest', usage_info: { pages_processed: 29, doc_size_bytes: 1 } },
      { apiFlavor: 'ocr' },
      { document_pages: 29, model: 'mistral-ocr-latest' },
    ],
    [
      'of Cohere, as it bills',
      {
        usage: {
          billed_units: { input_tokens: 7, output_tokens: 88 },
          tokens: { input_tokens: 69, output_tokens: 89 },
        },
      },
      {},
      { input_tokens: 7, output_tokens: 88 },
    ],
    [
      'of Cohere, as the model saw it',
      {
        usage: {
          billed_units: { input_tokens: 7, output_tokens: 88 },
          tokens: { input_tokens: 69, output_tokens: 89 },
          cached_tokens: 64,
        },
      },
      { provider: 'cohere', apiFlavor: 'tokens' },
      { input_tokens: 69, output_tokens: 89, cache_read_tokens: 64 },
    ],
    [
      'of Cohere reranking',
      { results: [], meta: { billed_units: { search_units: 2 } } },
      {},
      { rerank_searches: 2 },
    ],
    [
      'of DeepSeek',
      {
        model: 'deepseek-chat',
        usage: {
          prompt_tokens: 100,
          completion_tokens: 9,
          total_tokens: 109,
          prompt_cache_hit_tokens: 64,
          prompt_cache_miss_tokens: 36,
        },
      },
      {},
      { input_tokens: 100, output_tokens: 9, cache_read_tokens: 64, model: 'deepseek-chat' },
    ],
    [
      'of xAI, which counts reasoning beside the output',
      {
        model: 'grok-4',
        usage: {
          prompt_tokens: 32,
          completion_tokens: 9,
          total_tokens: 135,
          completion_tokens_details: { reasoning_tokens: 94 },
        },
      },
      {},
      { input_tokens: 32, output_tokens: 103, reasoning_tokens: 94, model: 'grok-4' },
    ],
    [
      'of Perplexity, which counts reasoning and citations beside the output',
      {
        model: 'sonar-deep-research',
        usage: {
          prompt_tokens: 33,
          completion_tokens: 7163,
          total_tokens: 7196,
          citation_tokens: 20_016,
          num_search_queries: 18,
          reasoning_tokens: 73_011,
        },
      },
      {},
      {
        input_tokens: 33,
        output_tokens: 100_190,
        reasoning_tokens: 73_011,
        citation_tokens: 20_016,
        web_searches: 18,
        model: 'sonar-deep-research',
      },
    ],
    [
      'of OpenRouter',
      {
        model: 'anthropic/claude-4.5-sonnet',
        usage: {
          prompt_tokens: 100,
          completion_tokens: 5,
          total_tokens: 105,
          cost: 0.0001,
          prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
        },
      },
      {},
      {
        input_tokens: 100,
        output_tokens: 5,
        cache_read_tokens: 60,
        cache_write_tokens: 30,
        model: 'anthropic/claude-4.5-sonnet',
      },
    ],
    [
      'of DashScope',
      {
        output: { text: 'x' },
        usage: {
          input_tokens: 50,
          output_tokens: 20,
          total_tokens: 70,
          prompt_tokens_details: { cached_tokens: 30 },
        },
        request_id: 'r',
      },
      { provider: 'alibaba_cloud' },
      { input_tokens: 50, output_tokens: 20, cache_read_tokens: 30 },
    ],
    [
      'of LiteLLM over Anthropic, cached tokens included',
      {
        usage: {
          prompt_tokens: 98_805,
          completion_tokens: 5120,
          total_tokens: 103_925,
          prompt_tokens_details: { cached_tokens: 66_360, cache_creation_tokens: 32_435 },
          cache_read_input_tokens: 66_360,
          cache_creation_input_tokens: 32_435,
        },
      },
      {},
      { input_tokens: 98_805, output_tokens: 5120, cache_read_tokens: 66_360, cache_write_tokens: 32_435 },
    ],
    [
      'of Ollama',
      { model: 'llama3', done: true, prompt_eval_count: 17, eval_count: 63 },
      {},
      { input_tokens: 17, output_tokens: 63, model: 'llama3' },
    ],
    [
      'of Ollama with the prompt still in memory',
      { model: 'llama3', done: true, eval_count: 63 },
      {},
      { output_tokens: 63, model: 'llama3' },
    ],
    [
      'of Voyage',
      { model: 'voyage-3', usage: { total_tokens: 12 } },
      {},
      { input_tokens: 12, model: 'voyage-3' },
    ],
    [
      'of watsonx',
      { model_id: 'granite', results: [{ generated_token_count: 2, input_token_count: 7 }] },
      {},
      { input_tokens: 7, output_tokens: 2, model: 'granite' },
    ],
    [
      'of Replicate',
      { metrics: { input_token_count: 20, output_token_count: 30, predict_time: 1.5 } },
      {},
      { input_tokens: 20, output_tokens: 30 },
    ],
    [
      'of Text Generation Inference',
      { generated_text: 'x', details: { generated_tokens: 6, prefill: [{}, {}] } },
      {},
      { input_tokens: 2, output_tokens: 6 },
    ],
    [
      'of Cloudflare',
      { result: { response: 'x', usage: { prompt_tokens: 4, completion_tokens: 5 } } },
      {},
      { input_tokens: 4, output_tokens: 5 },
    ],
    [
      "of Google's Interactions",
      {
        usage: {
          total_input_tokens: 5,
          total_output_tokens: 6,
          total_thought_tokens: 7,
          total_cached_tokens: 2,
        },
      },
      {},
      { input_tokens: 5, output_tokens: 13, cache_read_tokens: 2, reasoning_tokens: 7 },
    ],
  ])('%s', (_name, body, context, expected) => {
    expect(read(body, context)).toEqual(expected);
  });

  it('keeps what another model used apart', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      iterations: [
        { type: 'message', input_tokens: 10, output_tokens: 5 },
        { type: 'advisor_message', model: 'claude-opus-4-8', input_tokens: 100, output_tokens: 7 },
      ],
    };
    const reading = readAnswer({ model: 'claude-sonnet-5', usage }, { provider: 'anthropic', apiFlavor: '' });
    expect(reading.counts.input_tokens).toBe(10);
    expect(
      reading.alsoUsed.map(({ model, counts }) => [model, counts.input_tokens, counts.output_tokens]),
    ).toEqual([['claude-opus-4-8', 100, 7]]);
  });

  it('says what the provider itself charged', () => {
    const context = { provider: 'openrouter', apiFlavor: '' };
    const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.00435825 };
    expect(readAnswer({ usage }, context).reportedCostUsd).toBe('0.00435825');
    const nested = { prompt_tokens: 1, completion_tokens: 1, cost: { total_cost: 0.006 } };
    expect(readAnswer({ usage: nested }, context).reportedCostUsd).toBe('0.006');
  });

  it.each<[string, unknown, Partial<AnswerContext>]>([
    ['OpenAI', { error: { message: 'no', type: 'invalid_request_error' } }, {}],
    ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, {}],
    ['Cohere', { id: 'x', message: "model 'command-r' was removed" }, {}],
    ['Bedrock', { message: 'The provided model identifier is invalid.' }, {}],
    ['FastAPI', { detail: [{ loc: ['body'], msg: 'field required' }] }, {}],
    ['anybody, by its status', '<html>Bad Gateway</html>', { status: 502 }],
    ['a stream', 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n', {}],
  ])('of %s that failed used nothing', (_name, body, context) => {
    expect(read(body, context)).toMatchObject({ state: 'failed' });
  });

  it('that failed after it used something is charged for that', () => {
    const body = {
      status: 'failed',
      error: { code: 'server_error' },
      model: 'gpt-5',
      usage: { input_tokens: 70, output_tokens: 3, total_tokens: 73 },
    };
    expect(read(body)).toEqual({ input_tokens: 70, output_tokens: 3, model: 'gpt-5' });
  });

  it.each([
    {},
    { id: 'asst_1', object: 'assistant', model: 'gpt-4o' },
    { embedding: [0.1] },
    null,
    7,
    'plain text',
  ])('that says nothing of usage, as %j, is not taken for 0', (body) => {
    const { state, counts } = readAnswer(body, { provider: 'openai', apiFlavor: '' });
    expect(['absent', 'estimated']).toContain(state);
    expect(counts.input_tokens).toBeNull();
    expect(counts.output_tokens).not.toBe(0);
  });

  it('with figures that are none is not believed', () => {
    for (const bad of [-1, 1.5, Number.NaN, '7', null, {}, 2 ** 53]) {
      expect(
        read({ usage: { prompt_tokens: bad, completion_tokens: 5, total_tokens: 5 } }).input_tokens,
      ).toBeUndefined();
    }
  });

  it('with a part larger than its whole leaves the part out', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { audio_tokens: 11 } };
    expect(read({ usage })).toEqual({ input_tokens: 10, output_tokens: 5 });
  });
});

const CHAT = [
  'data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}],"usage":null}',
  '',
  'data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}',
  '',
  'data: {"id":"c","model":"gpt-4o","service_tier":"default","choices":[],"usage":{"prompt_tokens":24,"completion_tokens":8,"total_tokens":32}}',
  '',
  'data: [DONE]',
  '',
].join('\n');

describe('a stream', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['of OpenAI chat', CHAT, { input_tokens: 24, output_tokens: 8, model: 'gpt-4o', serviceTier: 'default' }],
    [
      'with carriage returns',
      CHAT.replaceAll('\n', '\r\n'),
      { input_tokens: 24, output_tokens: 8, model: 'gpt-4o', serviceTier: 'default' },
    ],
    [
      'without empty lines',
      CHAT.replaceAll('\n\n', '\n'),
      { input_tokens: 24, output_tokens: 8, model: 'gpt-4o', serviceTier: 'default' },
    ],
    [
      'of vLLM with interim usage, cut off',
      'data: {"model":"m","choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}\n\ndata: {"model":"m","choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}\n\n',
      { state: 'estimated', input_tokens: 9, output_tokens: 2, model: 'm' },
    ],
    [
      'of Groq',
      'data: {"model":"llama3","choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":18,"completion_tokens":73,"total_tokens":91}}}\n\ndata: [DONE]\n\n',
      { input_tokens: 18, output_tokens: 73, model: 'llama3' },
    ],
    [
      'of OpenAI responses that ended early',
      'event: response.incomplete\ndata: {"type":"response.incomplete","response":{"id":"r","model":"gpt-5","status":"incomplete","output":[{"type":"web_search_call"}],"usage":{"input_tokens":72,"output_tokens":14,"total_tokens":86}}}\n\n',
      { input_tokens: 72, output_tokens: 14, web_searches: 1, model: 'gpt-5' },
    ],
    [
      'of Anthropic, whose last figures complete the first',
      'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":17,"cache_read_input_tokens":100,"cache_creation_input_tokens":0,"output_tokens":1}}}\n\nevent: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":108}}\n\n',
      { input_tokens: 117, output_tokens: 108, cache_read_tokens: 100, model: 'claude-x' },
    ],
    [
      'of Gemini as an array over many lines',
      '[{\n  "candidates": [{"content": {"parts": [{"text": "a"}]}}],\n  "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1},\n  "modelVersion": "gemini-2.5-pro"\n}\n,\n{\n  "candidates": [{"finishReason": "STOP"}],\n  "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 9, "thoughtsTokenCount": 4},\n  "modelVersion": "gemini-2.5-pro"\n}\n]',
      { input_tokens: 5, output_tokens: 13, reasoning_tokens: 4, model: 'gemini-2.5-pro' },
    ],
    [
      'of Gemini as an array, cut off',
      '[{"candidates": [{"content": {"parts": [{"text": "four chars"}]}}], "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1}}, {"candidates": [{"con',
      { state: 'estimated', input_tokens: 5, output_tokens: 3 },
    ],
    [
      'of Ollama',
      '{"model":"llama3","message":{"role":"assistant","content":"Hi"},"done":false}\n{"model":"llama3","message":{"content":""},"done":true,"prompt_eval_count":17,"eval_count":63}\n',
      { input_tokens: 17, output_tokens: 63, model: 'llama3' },
    ],
    [
      'of Ollama, cut off',
      '{"model":"llama3","message":{"role":"assistant","content":"Hi"},"done":false}\n{"model":"llama3","message":{"role":"assistant","content":" there"},"done":false}\n{"model":"lla',
      { state: 'estimated', output_tokens: 2, model: 'llama3' },
    ],
    [
      'of Cohere',
      'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":7,"output_tokens":109},"tokens":{"input_tokens":69,"output_tokens":110}}}}\n\ndata: [DONE]\n\n',
      { input_tokens: 7, output_tokens: 109 },
    ],
    [
      'of Cohere in its first form',
      '{"is_finished":false,"event_type":"text-generation","text":"Hi"}\n{"is_finished":true,"event_type":"stream-end","response":{"text":"Hi","meta":{"billed_units":{"input_tokens":3,"output_tokens":4}}}}\n',
      { input_tokens: 3, output_tokens: 4 },
    ],
    [
      'of Bedrock Converse',
      '{"contentBlockDelta":{"delta":{"text":"Hi"}}}\n{"messageStop":{"stopReason":"end_turn"}}\n{"metadata":{"usage":{"inputTokens":7,"outputTokens":53,"totalTokens":60},"metrics":{"latencyMs":5}}}\n',
      { input_tokens: 7, output_tokens: 53 },
    ],
    [
      'of Bedrock InvokeModel',
      '{"completion":"x","stop_reason":null}\n{"completion":"","stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8,"outputTokenCount":9,"invocationLatency":1,"firstByteLatency":1}}\n',
      { input_tokens: 8, output_tokens: 9 },
    ],
    [
      'of watsonx',
      'data: {"results":[{"generated_text":"","generated_token_count":0,"input_token_count":8,"stop_reason":"not_finished"}]}\n\ndata: {"results":[{"generated_text":" sky","generated_token_count":11,"input_token_count":0,"stop_reason":"eos_token"}]}\n\n',
      { input_tokens: 8, output_tokens: 11 },
    ],
    [
      'of a realtime session with two answers',
      '{"type":"response.done","response":{"id":"a","usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}}\n{"type":"response.done","response":{"id":"b","usage":{"input_tokens":20,"output_tokens":7,"total_tokens":27}}}\n',
      { input_tokens: 30, output_tokens: 12 },
    ],
    [
      'of bare text',
      'event: output\ndata: Sure\n\nevent: output\ndata: , here it is\n\n',
      { state: 'estimated', output_tokens: 4 },
    ],
  ])('%s', (_name, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  it('reads the same however it is cut into pieces', () => {
    for (let size = 1; size < 40; size += 1) {
      const reader = new StreamReader({ provider: 'openai', apiFlavor: '' });
      for (let at = 0; at < CHAT.length; at += size) reader.push(CHAT.slice(at, at + size));
      expect(reader.end().counts).toMatchObject({ input_tokens: 24, output_tokens: 8 });
    }
  });

  it('cut off at any place never gives 0 as reported', () => {
    for (let end = 1; end < CHAT.length; end += 1) {
      const { state, counts } = readAnswer(CHAT.slice(0, end), { provider: 'openai', apiFlavor: '' });
      const complete = state === 'reported' && counts.output_tokens === 8;
      const unsure = state !== 'reported' && counts.output_tokens !== 0;
      expect(complete || unsure).toBe(true);
    }
  });

  it('may come as an array of its events', () => {
    const events = [
      { type: 'message_start', message: { model: 'claude-x', usage: { input_tokens: 5, output_tokens: 1 } } },
      { type: 'message_delta', usage: { output_tokens: 9 } },
    ];
    expect(read(events)).toEqual({ input_tokens: 5, output_tokens: 9, model: 'claude-x' });
  });
});
