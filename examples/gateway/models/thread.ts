/** Runs a model server in a thread of its own, so that its use of processor and memory can be told apart. */

import { parentPort, workerData } from 'node:worker_threads';
import { ModelServer, type ModelServerOptions } from './model-server.ts';

const server = new ModelServer(workerData as ModelServerOptions);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await server.listen());
