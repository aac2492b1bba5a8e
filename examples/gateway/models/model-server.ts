/**
 * A model server that only pretends to have a model: it takes time, uses the
 * processor, fails now and then, and says what it used, as real ones do.
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { applicationMetrics, type ServedRequest } from '@bellwether/events';
import { Registry, scrape, systemClock } from '@bellwether/metrics';
import { seededRandom } from './random.ts';

/** What kind of model it pretends to be. */
export interface ModelServerOptions {
  readonly provider: string;
  readonly model: string;
  /** The usual time to the first token, and for each token after it. */
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
  /** The share of requests that fail, 0 to 1. */
  readonly errorShare: number;
  readonly seed: number;
}

/** What a model server answers. */
export interface Completion {
  readonly model: string;
  readonly answer: string;
  readonly finish_reason: 'stop' | 'length';
  readonly first_token_ms: number;
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cache_read_tokens: number;
    readonly cache_write_tokens: number;
    readonly reasoning_tokens: number;
  };
}

/** What a model server tells of its use of the machine, since its start. */
export interface ModelServerStats {
  readonly cpu_ms: number;
  readonly memory_bytes: number;
  readonly memory_limit_bytes: number;
}

/** What a request for a completion says. */
interface Prompt {
  readonly prompt: string;
  readonly max_tokens?: number;
}

const MAX_TOKENS = 64;
const REMEMBERED_MAX = 1000;
const PREFIX_LENGTH = 20;

/** A model server. */
export class ModelServer {
  readonly #options: ModelServerOptions;
  readonly #registry = new Registry();
  readonly #metrics = applicationMetrics({ registry: this.#registry, packs: ['model_server'] });
  readonly #random: () => number;
  readonly #remembered = new Set<string>();
  readonly #server: Server;
  #failing = false;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        send(response, 500, { error: String(error) });
      });
    });
  }

  /** Listens on a free port; gives the address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends, whatever is under way. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.url}`) {
      case 'POST /complete':
        return this.#complete(JSON.parse(await text(request)) as Prompt, response);
      case 'GET /health':
        return send(response, this.#failing ? 503 : 200, { healthy: !this.#failing });
      case 'GET /stats':
        return send(response, 200, stats());
      // For whoever wants to see what the gateway does when a backend fails.
      case 'POST /fail':
      case 'POST /recover':
        this.#failing = request.url === '/fail';
        return send(response, 200, { healthy: !this.#failing });
      case 'GET /metrics': {
        const { headers, body } = await scrape(this.#registry, { accept: request.headers.accept });
        response.writeHead(200, headers).end(body);
        return undefined;
      }
      default:
        return send(response, 404, { error: 'not_found' });
    }
  }

  async #complete(
    { prompt, max_tokens: maxTokens = MAX_TOKENS }: Prompt,
    response: ServerResponse,
  ): Promise<void> {
    const startMs = systemClock.monotonicMs();
    const { provider, model } = this.#options;
    const served = (): Pick<ServedRequest, 'operation' | 'provider' | 'model' | 'durationMs'> => ({
      operation: 'chat',
      provider,
      model,
      durationMs: systemClock.monotonicMs() - startMs,
    });
    if (this.#failing || this.#random() < this.#options.errorShare) {
      const overloaded = this.#random() < 0.5;
      const errorType = overloaded ? 'rate_limit' : 'api_error';
      send(response, overloaded ? 429 : 500, { error: errorType });
      this.#metrics.modelServer.trackRequest({ ...served(), errorType });
      return;
    }
    const firstTokenMs = this.#options.firstTokenMs * (0.5 + this.#random());
    await sleep(firstTokenMs);
    const wanted = 8 + Math.floor(this.#random() * MAX_TOKENS);
    const outputTokens = Math.min(wanted, maxTokens);
    const answer = answerTo(prompt, outputTokens);
    await sleep(this.#options.perTokenMs * outputTokens);
    const inputTokens = Math.ceil(prompt.length / 4);
    // As real servers do, it keeps what it worked out for the beginning of prompts.
    const prefix = prompt.slice(0, PREFIX_LENGTH);
    const prefixTokens = Math.ceil(prefix.length / 4);
    const known = this.#remembered.has(prefix);
    if (this.#remembered.size < REMEMBERED_MAX) this.#remembered.add(prefix);
    const completion: Completion = {
      model,
      answer,
      finish_reason: wanted > outputTokens ? 'length' : 'stop',
      first_token_ms: firstTokenMs,
      usage: {
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        cache_read_tokens: known ? prefixTokens : 0,
        cache_write_tokens: known ? 0 : prefixTokens,
        reasoning_tokens: Math.floor(outputTokens / 4),
      },
    };
    send(response, 200, completion);
    this.#metrics.modelServer.trackRequest({ ...served(), firstTokenMs, outputTokens });
  }
}

/** Words of the prompt in an order that takes some computing to find. */
function answerTo(prompt: string, tokens: number): string {
  const words = prompt.split(/\s+/);
  let state = createHash('sha256').update(prompt).digest();
  const answer: string[] = [];
  for (let token = 0; token < tokens; token++) {
    for (let round = 0; round < 20; round++) state = createHash('sha256').update(state).digest();
    answer.push(words[state.readUInt32LE(0) % words.length] ?? '');
  }
  return answer.join(' ');
}

function stats(): ModelServerStats {
  const { user, system } = process.threadCpuUsage();
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { cpu_ms: (user + system) / 1000, memory_bytes: used, memory_limit_bytes: limit };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
