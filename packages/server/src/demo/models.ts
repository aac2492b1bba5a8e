/**
 * The providers, models and backends of the demo's world. Models of the big
 * providers are ones that the bundled price list knows; OpenRouter and Alibaba
 * Cloud report their own cost with each request; the local models report none
 * and are on no price list, so that a report shows what unpriced traffic looks like.
 */

/** Prices in pico-dollars per token, for a provider that reports its own cost. */
export interface OwnPrice {
  readonly inputPicoUsd: number;
  readonly outputPicoUsd: number;
}

/** What the generator needs to know of a model. */
export interface ModelSpec {
  readonly provider: string;
  readonly model: string;
  readonly operation: 'chat' | 'embeddings';
  /** Median time to the first token, without load. */
  readonly ttftMs: number;
  /** Median speed after the first token. */
  readonly tokensPerSecond: number;
  /** Mean quality of its answers, 0..1. */
  readonly quality: number;
  /** Reasoning tokens per token of the answer; 0 for a model that does not reason. */
  readonly reasoning: number;
  /** What the provider's prompt cache reports. */
  readonly promptCache: 'none' | 'read' | 'read_write';
  readonly ownPrice?: OwnPrice;
}

/** A place that serves a provider's models. */
export interface BackendSpec {
  readonly id: string;
  readonly type: 'hosted' | 'aggregator' | 'self_hosted';
  /** Its part of the provider's requests; the parts of one provider sum to 1. */
  readonly share: number;
  /** Its latency relative to the provider's median. */
  readonly slowness: number;
}

const chat = { operation: 'chat', reasoning: 0, promptCache: 'none' } as const;
const embeddings = {
  operation: 'embeddings',
  reasoning: 0,
  promptCache: 'none',
  quality: 0.9,
  tokensPerSecond: 1,
} as const;

const openai = { ...chat, provider: 'openai', promptCache: 'read' } as const;
const anthropic = { ...chat, provider: 'anthropic', promptCache: 'read_write' } as const;
const google = { ...chat, provider: 'google', promptCache: 'read' } as const;
const mistral = { ...chat, provider: 'mistral' } as const;
const alibaba = { ...chat, provider: 'alibaba_cloud' } as const;
const openrouter = { ...chat, provider: 'openrouter' } as const;
const ollama = { ...chat, provider: 'local_ollama' } as const;

/** Every model of the demo, by a short name that the applications use. */
export const demoModels = {
  gpt5: { ...openai, model: 'gpt-5', ttftMs: 900, tokensPerSecond: 70, quality: 0.91, reasoning: 1.2 },
  gpt5Mini: {
    ...openai,
    model: 'gpt-5-mini',
    ttftMs: 480,
    tokensPerSecond: 120,
    quality: 0.86,
    reasoning: 0.6,
  },
  gpt41: { ...openai, model: 'gpt-4.1', ttftMs: 520, tokensPerSecond: 85, quality: 0.88 },
  gpt41Mini: { ...openai, model: 'gpt-4.1-mini', ttftMs: 360, tokensPerSecond: 110, quality: 0.83 },
  embeddingSmall: { ...embeddings, provider: 'openai', model: 'text-embedding-3-small', ttftMs: 95 },
  opus: { ...anthropic, model: 'claude-opus-4-5', ttftMs: 1250, tokensPerSecond: 55, quality: 0.94 },
  sonnet: { ...anthropic, model: 'claude-sonnet-4-5', ttftMs: 850, tokensPerSecond: 75, quality: 0.92 },
  haiku: { ...anthropic, model: 'claude-haiku-4-5', ttftMs: 420, tokensPerSecond: 140, quality: 0.87 },
  geminiPro: {
    ...google,
    model: 'gemini-2.5-pro',
    ttftMs: 1100,
    tokensPerSecond: 95,
    quality: 0.91,
    reasoning: 0.9,
  },
  geminiFlash: { ...google, model: 'gemini-2.5-flash', ttftMs: 390, tokensPerSecond: 190, quality: 0.86 },
  geminiLite: { ...google, model: 'gemini-2.5-flash-lite', ttftMs: 260, tokensPerSecond: 260, quality: 0.8 },
  geminiEmbedding: { ...embeddings, provider: 'google', model: 'gemini-embedding-001', ttftMs: 120 },
  mistralLarge: {
    ...mistral,
    model: 'mistral-large-latest',
    ttftMs: 520,
    tokensPerSecond: 80,
    quality: 0.87,
  },
  mistralSmall: {
    ...mistral,
    model: 'mistral-small-latest',
    ttftMs: 240,
    tokensPerSecond: 150,
    quality: 0.81,
  },
  mistralEmbed: { ...embeddings, provider: 'mistral', model: 'mistral-embed', ttftMs: 80 },
  qwenMax: {
    ...alibaba,
    model: 'qwen3-max',
    ttftMs: 750,
    tokensPerSecond: 60,
    quality: 0.89,
    ownPrice: { inputPicoUsd: 1_200_000, outputPicoUsd: 6_000_000 },
  },
  qwenFlash: {
    ...alibaba,
    model: 'qwen-flash',
    ttftMs: 300,
    tokensPerSecond: 150,
    quality: 0.8,
    ownPrice: { inputPicoUsd: 50_000, outputPicoUsd: 400_000 },
  },
  deepseek: {
    ...openrouter,
    model: 'deepseek/deepseek-chat-v3.1',
    ttftMs: 950,
    tokensPerSecond: 50,
    quality: 0.88,
    ownPrice: { inputPicoUsd: 270_000, outputPicoUsd: 1_000_000 },
  },
  llama70b: {
    ...openrouter,
    model: 'meta-llama/llama-3.3-70b-instruct',
    ttftMs: 560,
    tokensPerSecond: 90,
    quality: 0.83,
    ownPrice: { inputPicoUsd: 130_000, outputPicoUsd: 400_000 },
  },
  llama8b: { ...ollama, model: 'llama3.1:8b', ttftMs: 180, tokensPerSecond: 65, quality: 0.76 },
  qwenLocal: { ...ollama, model: 'qwen2.5:14b', ttftMs: 290, tokensPerSecond: 38, quality: 0.79 },
} as const satisfies Record<string, ModelSpec>;

/** The short name of a model of the demo. */
export type DemoModel = keyof typeof demoModels;

/** The backends of each provider. */
export const demoBackends: Readonly<Record<string, readonly BackendSpec[]>> = {
  openai: [
    { id: 'openai-us-east', type: 'hosted', share: 0.45, slowness: 1 },
    { id: 'openai-eu-west', type: 'hosted', share: 0.55, slowness: 1.1 },
  ],
  anthropic: [
    { id: 'anthropic-us-east', type: 'hosted', share: 0.6, slowness: 1 },
    { id: 'anthropic-eu-central', type: 'hosted', share: 0.4, slowness: 1.05 },
  ],
  google: [
    { id: 'google-us-central', type: 'hosted', share: 0.5, slowness: 1 },
    { id: 'google-europe-west', type: 'hosted', share: 0.3, slowness: 1.05 },
    { id: 'google-asia-south', type: 'hosted', share: 0.2, slowness: 1.2 },
  ],
  mistral: [{ id: 'mistral-paris', type: 'hosted', share: 1, slowness: 1 }],
  alibaba_cloud: [
    { id: 'alibaba-singapore', type: 'hosted', share: 0.7, slowness: 1 },
    { id: 'alibaba-frankfurt', type: 'hosted', share: 0.3, slowness: 1.15 },
  ],
  openrouter: [{ id: 'openrouter', type: 'aggregator', share: 1, slowness: 1 }],
  local_ollama: [
    { id: 'ollama-gpu-1', type: 'self_hosted', share: 0.4, slowness: 1 },
    { id: 'ollama-gpu-2', type: 'self_hosted', share: 0.4, slowness: 1.05 },
    { id: 'ollama-gpu-3', type: 'self_hosted', share: 0.2, slowness: 1.4 },
  ],
};
