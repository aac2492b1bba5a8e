/**
 * The example gateway beside the demo: an application whose load balancer and
 * configuration service record what only applications can see, and push it over OTLP.
 * The examples are part of a checkout, not of the published package.
 */

import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { programBeside } from '../program.ts';
import type { ProgressStream } from '../replay/progress.ts';

const GATEWAY = new URL('../../../../examples/gateway/main.ts', import.meta.url);

/** How often it pushes. */
const PUSH_INTERVAL_MS = 5000;

export interface DemoGatewayOptions {
  /** Address of the server. */
  readonly url: string;
  /** A folder of its own, which is emptied: its key is a new one in each run. */
  readonly directory: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly stderr: ProgressStream;
}

/**
 * Starts the gateway with made-up people who use it. What goes wrong with it is told,
 * and the demo goes on.
 *
 * @returns false if there is none to start.
 */
export function startDemoGateway({ url, directory, signal, stderr }: DemoGatewayOptions): boolean {
  const path = fileURLToPath(GATEWAY);
  if (!existsSync(path) || signal.aborted) return false;
  rmSync(directory, { recursive: true, force: true });
  const child = spawn(process.execPath, [...programBeside(import.meta.url, './gateway').execArgv, path], {
    env: {
      PORT: '0',
      GATEWAY_DATA_DIR: directory,
      GATEWAY_VISITORS: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_METRIC_EXPORT_INTERVAL: String(PUSH_INTERVAL_MS),
    },
    // It ends when the channel closes, so it never outlives the demo.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  child.stdout?.once('data', (said: Buffer) => stderr.write(said.toString('utf8')));
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  child.on('error', (error) => stderr.write(`The example gateway could not be started: ${error.message}\n`));
  child.on('exit', (code) => {
    signal.removeEventListener('abort', stop);
    if (!signal.aborted)
      stderr.write(`The example gateway ended with ${code}; the demo goes on without it.\n`);
  });
  return true;
}
