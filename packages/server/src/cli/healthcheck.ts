/** `bellwether healthcheck`: asks a running server how it is, for people, containers and service managers. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import type { HealthBody } from '../health/index.ts';
import { reasonOf } from '../health/index.ts';
import { CommandFailure } from './command-failure.ts';
import type { CommonOptions } from './common-options.ts';
import { configOf, withCommonOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { printable } from './table.ts';

interface HealthcheckOptions extends CommonOptions {
  readonly url?: string;
  readonly timeout: string;
  readonly json?: boolean;
}

/** What was found out. */
interface Finding {
  readonly ok: boolean;
  readonly url: string;
  /** True if the process answers at all. */
  readonly live: boolean;
  readonly health: HealthBody | null;
  /** Why there is no health, or `null`. */
  readonly error: string | null;
}

/** The longest answer that is read. */
const ANSWER_BYTES_MAX = 1_048_576;

/** Makes the command. Its exit status is 0 if the server is healthy or degraded. */
export function healthcheckCommand(environment: Environment, output: Output = process.stdout): Command {
  const command = new Command('healthcheck')
    .description('Ask a running server how it is; exit with 1 unless it is healthy or degraded')
    .option('--url <url>', 'address of the server (default: the one that runs on the data directory)')
    .option('--timeout <seconds>', 'how long to wait for its answers', '5')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether healthcheck --url http://127.0.0.1:9091\n');
  return withCommonOptions(command).action(async (options: HealthcheckOptions) => {
    const timeoutSeconds = Number(options.timeout);
    if (!(timeoutSeconds > 0 && timeoutSeconds <= 3600)) {
      throw new CommandFailure(`--timeout takes seconds, not ${JSON.stringify(options.timeout)}`);
    }
    const finding = await ask(serverUrl(options, environment), timeoutSeconds * 1000);
    output.write(`${options.json ? JSON.stringify(finding) : describeFinding(finding)}\n`);
    if (!finding.ok) process.exitCode = 1;
  });
}

function serverUrl(options: HealthcheckOptions, environment: Environment): string {
  if (options.url !== undefined) {
    const protocol = URL.parse(options.url)?.protocol;
    if (protocol === 'http:' || protocol === 'https:') return options.url.replace(/\/+$/, '');
    throw new CommandFailure(`--url takes an http or https URL, not ${JSON.stringify(options.url)}`);
  }
  const { config } = configOf(options, environment);
  const { host, port } = config.service;
  // Where no server says that it runs on the data directory, one may run on another machine's, as in a container.
  return findServer(config.storage.data_dir)?.url ?? `http://${reachable(host)}:${port}`;
}

/** Who listens on every address is asked at this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function ask(url: string, timeoutMs: number): Promise<Finding> {
  const signal = AbortSignal.timeout(timeoutMs);
  let live = false;
  try {
    const probe = await get(`${url}/livez`, signal);
    if (probe.status !== 200) throw new Error(`/livez answers ${probe.status}`);
    live = true;
    const answer = await get(`${url}/health`, signal);
    if (answer.status !== 200 && answer.status !== 503) throw new Error(`/health answers ${answer.status}`);
    const health = healthBody(answer.text);
    return { ok: answer.status === 200, url, live, health, error: null };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const reason = timedOut ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error);
    return { ok: false, url, live, health: null, error: reason };
  }
}

async function get(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } });
  let text = '';
  let bytes = 0;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return { status: response.status, text };
}

function healthBody(text: string): HealthBody {
  try {
    const body = JSON.parse(text) as Partial<HealthBody>;
    const texts = [body.status, body.service, body.version];
    const checks = Object.values(body.checks ?? {}).flatMap(({ status, message }) => [status, message]);
    const ours = typeof body.uptime_seconds === 'number' && body.checks !== undefined;
    if (ours && [...texts, ...checks].every((value) => typeof value === 'string')) return body as HealthBody;
  } catch {
    // Not JSON, or JSON of another shape: the same to whoever asked.
  }
  throw new Error('the answer of /health is not one of Bellwether');
}

/** One line: how the server is, and what is wrong. */
function describeFinding({ url, health, live, error }: Finding): string {
  if (!health) return printable(`${live ? 'unknown' : 'down'}: ${url}: ${error}`);
  const checks = Object.entries(health.checks);
  const wrong = checks
    .filter(([, check]) => check.status !== 'healthy')
    .map(([name, check]) => `${name} ${check.status} (${check.message})`);
  const summary =
    wrong.length === 0
      ? `${checks.length} ${checks.length === 1 ? 'check' : 'checks'} passed`
      : wrong.join(', ');
  const uptime = `up ${Math.round(health.uptime_seconds)} s`;
  return printable(`${health.status}: ${health.service} ${health.version} at ${url}, ${uptime}, ${summary}`);
}
