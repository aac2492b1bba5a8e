/**
 * One POST over kept-alive connections, with a deadline on the caller's clock and
 * a bound on the answer. What comes back is either an answer, whatever its
 * status, or an error of the network.
 */

import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.ts';

/** The longest answer that is read; a batch of a thousand refusals is a tenth of it. */
const ANSWER_BYTES_MAX = 4_194_304;

/** How long the server may take for one request. */
const ANSWER_WITHIN_MS = 60_000;

/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** The value of Retry-After, as it was sent. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** Posts bodies to one address. */
export interface Poster {
  /** @throws Error if there was no whole answer: refused, cut off, too late, too long, or aborted. */
  post(body: Uint8Array, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer>;
  /** Closes the kept connections. */
  close(): void;
}

/** Makes a poster with at most `connectionsMax` connections. */
export function createPoster(target: URL, connectionsMax: number, clock: Clock): Poster {
  const secure = target.protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connectionsMax });
  const send = secure ? httpsRequest : httpRequest;
  return {
    post: async (body, headers, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const request = send(target, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': String(body.byteLength) },
        ...(signal && { signal }),
      });
      const deadline = clock.setTimeout(() => {
        request.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`));
      }, ANSWER_WITHIN_MS);
      request.on('error', reject);
      request.on('response', (response) => {
        readAnswer(response).then(resolve, reject);
      });
      request.end(body);
      try {
        return await promise;
      } finally {
        clock.clearTimeout(deadline);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
