/** Health checks of what is elsewhere: the services of the monitoring stack, the jobs' targets, and checks of one's own. */

import type { Socket } from 'node:net';
import type { CheckDefinition } from '../config/collector-items.ts';
import type { CheckOutcome, HealthCheck } from '../health/index.ts';
import { type Outgoing, OutgoingError } from '../outgoing/index.ts';
import type { JobView } from './collector.ts';

const BYTES_MAX = 65_536;
/** What a client of PostgreSQL sends first to ask for TLS: its length, and the code of the request. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const TIMEOUT_MS = 5000;

/** A service of the monitoring stack. */
export interface Integration {
  readonly name: 'prometheus' | 'grafana' | 'alertmanager' | 'postgresql';
  /** A URL, or `HOST:PORT` of PostgreSQL. */
  readonly endpoint: string;
}

/** Where each says that it is well. */
const healthPaths = { prometheus: '/-/healthy', alertmanager: '/-/healthy', grafana: '/api/health' } as const;

/** A check of an integration. @param onResult hears whether it answered. */
export function integrationCheck(
  { name, endpoint }: Integration,
  outgoing: Outgoing,
  onResult: (answers: boolean) => void,
): HealthCheck {
  const ask = (signal: AbortSignal): Promise<void> => {
    if (name === 'postgresql') return askPostgres(endpoint, outgoing, signal);
    const url = new URL(endpoint);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${healthPaths[name]}`;
    return askHttp(url.href, null, outgoing, signal);
  };
  return {
    name: `integration_${name}`,
    component: 'integration',
    componentType: name === 'postgresql' ? 'datastore' : 'component',
    critical: false,
    timeoutMs: TIMEOUT_MS,
    run: (signal) =>
      answered(ask(signal)).then(
        (outcome) => {
          onResult(true);
          return outcome;
        },
        (error: unknown) => {
          onResult(false);
          throw error;
        },
      ),
  };
}

/** A check of one's own. */
export function customCheck({ id, probe, ...rest }: CheckDefinition, outgoing: Outgoing): HealthCheck {
  return {
    ...rest,
    name: `custom_${id}`,
    component: 'custom',
    run: (signal) =>
      answered(
        probe.kind === 'http'
          ? askHttp(probe.url, probe.status, outgoing, signal)
          : askTcp(probe.host, probe.port, outgoing, signal),
      ),
  };
}

/** A check of a job: whether its targets answer. Their addresses stay out of it, since anybody may read it. */
export function jobCheck(id: string, view: () => JobView | undefined): HealthCheck {
  return {
    name: `collector_${id}`,
    component: 'collector',
    critical: false,
    measurement: 'targetsDown',
    // It only looks at what the scrapes have found.
    intervalMs: 3000,
    run: async (): Promise<CheckOutcome> => {
      const { targets = [], discovery_problem: problem = null } = view() ?? {};
      const down = targets.filter(({ state }) => state === 'down').length;
      const known = targets.filter(({ state }) => state !== 'unknown').length;
      const observed = { value: down, unit: 'targets' };
      if (down > 0) {
        const status = down === targets.length ? 'unhealthy' : 'degraded';
        return { status, message: `${down} of ${targets.length} targets do not answer.`, observed };
      }
      if (problem !== null)
        return { status: 'degraded', message: 'Its discovery does not give targets.', observed };
      return { status: 'healthy', message: `${known} of ${targets.length} targets answer.`, observed };
    },
  };
}

async function answered(asked: Promise<void>): Promise<CheckOutcome> {
  await asked.catch((error: unknown) => {
    // The messages of the way out name addresses, and anybody may read those of checks.
    throw error instanceof OutgoingError ? new Error(`It does not answer (${error.code}).`) : error;
  });
  return { status: 'healthy', message: 'It answers.' };
}

async function askHttp(
  url: string,
  wanted: number | null,
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<void> {
  const { status } = await outgoing.request({
    url,
    responseBytesMax: BYTES_MAX,
    ownDependency: true,
    signal,
  });
  const isRight = wanted === null ? status >= 200 && status < 300 : status === wanted;
  if (!isRight) throw new Error(`It answered ${status}.`);
}

async function askTcp(host: string, port: number, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  const socket = await outgoing.connect({ host, port, ownDependency: true, signal });
  socket.destroy();
}

/** Asks whether TLS is spoken, which PostgreSQL answers with one letter before anybody has logged in. */
async function askPostgres(endpoint: string, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(`tcp://${endpoint}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = await outgoing.connect({ host, port: Number(port), ownDependency: true, signal });
  try {
    const first = await firstByte(socket, signal);
    if (first !== 'S' && first !== 'N') throw new Error('It does not answer as PostgreSQL does.');
  } finally {
    socket.destroy();
  }
}

function firstByte(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('It closed the connection.'));
    socket.once('data', (data) => resolve(data.toString('latin1', 0, 1)));
    socket.once('error', fail);
    socket.once('close', fail);
    signal.addEventListener('abort', fail, { once: true });
    socket.write(SSL_REQUEST);
  });
}
