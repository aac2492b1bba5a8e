/**
 * Starts the real Prometheus of the machine for a test, on a free port and an empty
 * directory, and asks it questions.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A series of the answer to an instant query. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [seconds: number, value: string];
  readonly histogram?: readonly [
    seconds: number,
    value: {
      readonly count: string;
      readonly sum: string;
      readonly buckets?: readonly (readonly [rule: number, from: string, to: string, count: string])[];
    },
  ];
}

/** Whether a program is on the PATH; in CI a missing one is an error. */
export function hasProgram(name: string, ...args: string[]): boolean {
  if (spawnSync(name, args).status === 0) return true;
  if (process.env.CI) throw new Error(`${name} is missing; it is needed in CI`);
  console.warn(`${name} is not installed: the tests that need it are skipped.`);
  return false;
}

/** Waits until `check` gives something, for at most 20 seconds. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await check();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`waited 20 s in vain for ${what}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A running Prometheus. */
export class PrometheusServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(url: string, process: ChildProcess, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /** Starts a server with a configuration file of this text, and waits until it is ready. */
  static async start(configuration: string, ...flags: string[]): Promise<PrometheusServer> {
    const directory = mkdtempSync(join(tmpdir(), 'bellwether-prometheus-'));
    const file = join(directory, 'prometheus.yml');
    writeFileSync(file, configuration);
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
        ...flags,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, child, directory);
    await eventually('Prometheus to be ready', async () => {
      const ready = await fetch(`${server.url}/-/ready`).catch(() => undefined);
      return ready?.status === 200 ? true : undefined;
    });
    return server;
  }

  /** Stops this server's process and removes its directory. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
    this.#process.kill('SIGTERM');
    await ended;
    rmSync(this.#directory, { recursive: true });
  }

  /** An instant query. */
  async query(expression: string): Promise<QueriedSeries[]> {
    const body = await this.#get('query', { query: expression });
    return (body as { result: QueriedSeries[] }).result;
  }

  /** The exemplars of the series that an expression selects. */
  async exemplars(
    expression: string,
  ): Promise<{ seriesLabels: Record<string, string>; exemplars: unknown[] }[]> {
    const body = await this.#get('query_exemplars', { query: expression, start: '0', end: '4000000000' });
    return body as { seriesLabels: Record<string, string>; exemplars: unknown[] }[];
  }

  /** What the server says of its targets. */
  async targets(): Promise<{ labels: Record<string, string>; health: string; lastError: string }[]> {
    const body = await this.#get('targets', { state: 'active' });
    return (
      body as { activeTargets: { labels: Record<string, string>; health: string; lastError: string }[] }
    ).activeTargets;
  }

  async #get(path: string, parameters: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== 'success') throw new Error(`Prometheus says: ${body.error}`);
    return body.data;
  }
}
