/** The model servers that the gateway balances between. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ModelServerOptions } from './model-server.ts';

/** A model server as the gateway knows it. */
export interface FleetMember {
  readonly id: string;
  /** The kind of server. */
  readonly type: string;
  readonly provider: string;
  readonly model: string;
  readonly url: string;
  /** Requests that it may work on at a time. */
  readonly slots: number;
}

/** Running model servers. */
export interface Fleet {
  readonly members: readonly FleetMember[];
  close(): Promise<void>;
}

const servers = [
  {
    id: 'swift',
    type: 'vllm',
    slots: 4,
    provider: 'local_ollama',
    model: 'llama-small',
    firstTokenMs: 2,
    perTokenMs: 0.05,
    errorShare: 0.02,
  },
  {
    id: 'steady',
    type: 'openai-compatible',
    slots: 8,
    provider: 'openai',
    model: 'gpt-4o-mini',
    firstTokenMs: 5,
    perTokenMs: 0.1,
    errorShare: 0.01,
  },
  {
    id: 'shaky',
    type: 'openai-compatible',
    slots: 2,
    provider: 'alibaba_cloud',
    model: 'qwen-plus',
    firstTokenMs: 3,
    perTokenMs: 0.1,
    errorShare: 0.15,
  },
] as const;

/** Starts all model servers. */
export async function startFleet(seed: number): Promise<Fleet> {
  const started = await Promise.all(
    servers.map(async ({ id, type, slots, ...server }, index) => {
      const workerData: ModelServerOptions = { ...server, seed: seed + index };
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
      const [url] = (await once(worker, 'message')) as [string];
      const { provider, model } = server;
      return { worker, member: { id, type, slots, provider, model, url } satisfies FleetMember };
    }),
  );
  return {
    members: started.map(({ member }) => member),
    async close() {
      await Promise.all(started.map(({ worker }) => worker.terminate()));
    },
  };
}
