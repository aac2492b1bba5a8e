/** Ten thousand bodies and more that are wrong, over every way in: each is refused, and nothing is stored. */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlpTypes } from '../../packages/server/src/ingest/otlp/test-schema.ts';
import { seededRandom } from '../../packages/server/src/journal/identities/test-support.ts';
import { heavyRequests, type MalformedRequest, smallRequests } from './malformed-bodies.ts';
import { metric, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const SMALL = 12_000;
const AT_ONCE = 16;
/** More memory than this the server must not take for refusing. */
const MORE_BYTES_MAX = 400 * 1024 * 1024;

const directory = temporaryDirectory();
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  agent.destroy();
  await server.stop();
  directory.remove();
});

interface Refused {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

function send({ path, type, encoding, body }: MalformedRequest): Promise<Refused> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': type,
      'content-length': body.length,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const sending = request(`${server.url}${path}`, { method: 'POST', agent, headers }, (answer) => {
      const { statusCode: status = 0, headers: got } = answer;
      buffer(answer).then((said) => resolve({ status, type: got['content-type'] ?? '', body: said }), reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Whether an answer is a refusal as its route tells of one. */
function isRefusal({ path, type: sent }: MalformedRequest, { status, type, body }: Refused): boolean {
  if (status < 400 || status > 499) return false;
  if (sent === 'application/x-protobuf' && path !== '/v1/events') {
    const said = otlpTypes.status.toObject(otlpTypes.status.decode(body));
    return type === 'application/x-protobuf' && typeof said['message'] === 'string';
  }
  const said = JSON.parse(body.toString('utf8')) as { code?: number; error?: { code?: string } };
  const isOtlp = path === '/v1/traces' || path === '/v1/metrics';
  return isOtlp ? typeof said.code === 'number' : typeof said.error?.code === 'string';
}

/** Sends them all, and gives those that were not refused. */
async function sendAll(requests: Iterator<MalformedRequest>): Promise<{ sent: number; taken: string[] }> {
  const result = { sent: 0, taken: [] as string[] };
  const work = async (): Promise<void> => {
    for (let next = requests.next(); next.done !== true; next = requests.next()) {
      const answer = await send(next.value);
      result.sent += 1;
      if (!isRefusal(next.value, answer)) {
        const { path, why, body } = next.value;
        result.taken.push(
          `${path}: ${why}: ${answer.status} ${answer.body.toString()} to ${body.toString('latin1').slice(0, 300)}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return result;
}

/** The most memory that the server has had. */
function peakBytes(): number {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

describe('bodies that are wrong', () => {
  it(`are refused, ${SMALL} small ones`, async () => {
    const { sent, taken } = await sendAll(smallRequests(seededRandom(20), SMALL));
    expect(taken).toEqual([]);
    expect(sent).toBe(SMALL);
  });

  it('are refused within bounds when they are large, deep or bombs', async () => {
    const before = peakBytes();
    const requests = heavyRequests();
    const { sent, taken } = await sendAll(requests.values());
    expect(taken).toEqual([]);
    expect(sent).toBe(requests.length);
    expect(peakBytes() - before).toBeLessThan(MORE_BYTES_MAX);
  });

  it('leave nothing behind, and the server takes what is right', async () => {
    const answer = await post(server.url, {
      timestamp: '2026-11-01T00:00:00Z',
      provider: 'openai',
      model: 'gpt-4o',
    });
    expect(answer.body).toMatchObject({ accepted: 1 });
    const verified = (await (await fetch(`${server.url}/api/v1/verify`)).json()) as { events: number };
    expect(verified).toMatchObject({ consistent: true, events: 1 });
    expect(await (await fetch(`${server.url}/api/v1/samples?from=1970-01-01`)).json()).toEqual({ names: [] });
    expect(await metric(server.url, 'custom_metrics_feedback_total', { outcome: 'accepted' })).toBe(0);
    expect(await metric(server.url, 'custom_metrics_otlp_spans_total', { outcome: 'taken' })).toBe(0);
    expect(await metric(server.url, 'custom_metrics_requests_refused_total')).toBeGreaterThan(SMALL);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
