/** The example application in a process of its own, and ways to use it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../server/running-server.ts';

/** An answer of the gateway. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The gateway while it runs. */
export class RunningGateway {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Starts it and waits until it answers. */
  static async start(dataDirectory: string, bellwetherUrl: string, port = 0): Promise<RunningGateway> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        '--disable-warning=ExperimentalWarning',
        join(root, 'examples/gateway/main.ts'),
      ],
      {
        env: {
          PATH: process.env.PATH,
          PORT: String(port),
          BELLWETHER_URL: bellwetherUrl,
          GATEWAY_DATA_DIR: dataDirectory,
          GATEWAY_MASTER_KEY: '5a'.repeat(32),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        output += chunk.toString('utf8');
        const address = /answers at (http:\S+)/.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${output}`)));
    });
    return new RunningGateway(url, child);
  }

  /** Calls it as a user. */
  async call(method: string, path: string, user: string, body?: unknown): Promise<Answered> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'x-user': user, 'x-correlation-id': `test ${path}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answered['body'] };
  }

  /** Asks a question. */
  ask(prompt: string, user: string): Promise<Answered> {
    return this.call('POST', '/ask', user, {
      prompt,
      task_type: 'extraction',
      application: 'shop',
      team: 'web',
    });
  }

  /** Changes a setting as the administrator. */
  async set(name: string, value: string): Promise<void> {
    const { status } = await this.call('PUT', `/config/${name}`, 'ann', { value });
    if (status !== 200) throw new Error(`setting ${name} answered ${status}`);
  }

  /** The address of a backend. */
  async backend(id: string): Promise<string> {
    const { body } = await this.call('GET', '/health', 'ann');
    const backends = body.backends as readonly { readonly id: string; readonly url: string }[];
    const found = backends.find((backend) => backend.id === id);
    if (found === undefined) throw new Error(`there is no backend ${id}`);
    return found.url;
  }

  /** Stops it as an operator would; gives its exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const [code] = (await gone) as [number | null];
    return code;
  }
}

/** The samples of an exposition, by name; counts of histograms are under the name with `_count`. */
export async function scrapeSamples(
  url: string,
  accept = 'text/plain',
): Promise<{
  readonly families: readonly string[];
  readonly samples: ReadonlyMap<string, readonly number[]>;
}> {
  const text = await (await fetch(`${url}/metrics`, { headers: { accept } })).text();
  const samples = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
    if (name === undefined) continue;
    const values = samples.get(name) ?? [];
    values.push(Number(line.slice(line.lastIndexOf(' '))));
    samples.set(name, values);
  }
  return { families: text.match(/(?<=^# TYPE )\S+/gm) ?? [], samples };
}
