/**
 * A program of the monitoring stack (Prometheus, Alertmanager, long-term storage) on
 * a port and an empty folder of its own, as the tests of the generated files use it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether all of these files are there; in CI they have to be. */
export function areInstalled(...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) return true;
  if (process.env.CI) throw new Error(`${missing.join(', ')} is needed in CI`);
  console.warn(`Left out: ${missing.join(', ')} is not installed.`);
  return false;
}

/** How long to wait for something that depends on other programs. */
export const PATIENCE_MS = 90_000;

/** A program that answers HTTP. */
export class RunningProgram {
  readonly url: string;
  readonly #process: ChildProcess;
  #output = '';

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
    const hear = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-20_000);
    };
    process.stdout?.on('data', hear);
    process.stderr?.on('data', hear);
  }

  /** Starts it and waits until `ready` answers with 200. */
  static async start(
    command: string,
    args: readonly string[],
    { port, ready }: { readonly port: number; readonly ready: string },
  ): Promise<RunningProgram> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const program = new RunningProgram(`http://127.0.0.1:${port}`, child);
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${program.#output}`);
      const answer = await fetch(`${program.url}${ready}`).catch(() => null);
      if (answer?.status === 200) return program;
      await sleep(100);
    }
    throw new Error(`${command} is not ready: ${program.#output}`);
  }

  /** What it answers, as JSON. */
  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`);
    return response.json();
  }

  /** The series that an instant query of Prometheus' API gives. @throws Error with what Prometheus says of a wrong one. */
  async query(promql: string): Promise<readonly QueriedSample[]> {
    const body = (await this.get(`/api/v1/query?query=${encodeURIComponent(promql)}`)) as {
      readonly status: string;
      readonly error?: string;
      readonly data?: { readonly result: readonly QueriedSample[] };
    };
    if (body.status !== 'success') throw new Error(`${promql}: ${body.error ?? 'no answer'}`);
    return body.data?.result ?? [];
  }

  /** Ends this process and waits for it. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** Where the distribution has Prometheus. */
export const PROMETHEUS = '/usr/bin/prometheus';

/** Starts a Prometheus on a folder that has its `prometheus.yml`. */
export function startPrometheus(
  folder: string,
  port: number,
  ...flags: readonly string[]
): Promise<RunningProgram> {
  return RunningProgram.start(
    PROMETHEUS,
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/tsdb`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ],
    { port, ready: '/-/ready' },
  );
}

/** A series with its value. */
export interface QueriedSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}
