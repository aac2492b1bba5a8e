/** Sends JSON by HTTP, and judges the answer as every service means it. */

import type { Clock } from '../clock.ts';
import { type Outgoing, OutgoingError, type OutgoingResponse } from '../outgoing/index.ts';
import { DeliveryError } from './channel.ts';

/** What goes where. */
export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Whether the operator permits an address of a private network. */
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
}

/** Posts it. @throws {DeliveryError} unless the answer is 2xx. */
export type PostJson = (post: Post) => Promise<OutgoingResponse>;

const TIMEOUT_MS = 20_000;
const ANSWER_BYTES_MAX = 65_536;
const REASON_LENGTH_MAX = 200;
/** Of an answer that is no success, which is looked through for the address. */
const READ_BYTES_MAX = 8192;
/** A part of an address that is as long may be what gives access. */
const ADDRESS_PART_MIN = 16;
const RETRY_AFTER_MS_MAX = 3_600_000;
/** Statuses of the 4xx that another attempt may change. */
const passing: ReadonlySet<number> = new Set([408, 421, 425, 429]);

/** Makes the function. */
export function postJson(outgoing: Outgoing, clock: Clock): PostJson {
  return async ({ url, headers = {}, body, allowPrivate, signal }) => {
    let response: OutgoingResponse;
    try {
      response = await outgoing.request({
        url,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        timeoutMs: TIMEOUT_MS,
        responseBytesMax: ANSWER_BYTES_MAX,
        // The declaration of the channel says so in as many words, which is the operator's consent.
        ownDependency: allowPrivate,
        signal,
      });
    } catch (error) {
      throw deliveryError(error);
    }
    const { status } = response;
    if (status >= 200 && status < 300) return response;
    const text = response.body.toString('utf8', 0, READ_BYTES_MAX);
    // Left out before it is cut: half of a secret is none that anybody knows.
    const reason = withoutAddress(text, url)
      .slice(0, REASON_LENGTH_MAX)
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .trim();
    throw new DeliveryError(`status ${status}${reason === '' ? '' : `: ${reason}`}`, {
      permanent: status < 500 && !passing.has(status),
      retryAfterMs: retryAfterMs(response.headers['retry-after'], clock.nowMs()),
    });
  };
}

/** A text without what follows the host in an address, which is what gives access; many servers repeat it. */
function withoutAddress(text: string, url: string): string {
  const { pathname = '', search = '', searchParams } = URL.parse(url) ?? {};
  const parts = [...pathname.split('/'), ...(searchParams?.values() ?? [])];
  const secrets = [pathname + search, pathname, ...parts.filter((part) => part.length >= ADDRESS_PART_MIN)];
  return secrets.reduce((rest, secret) => (secret.length > 1 ? rest.replaceAll(secret, '***') : rest), text);
}

/** What went wrong on the way out as a failure of delivery. */
export function deliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (!(error instanceof OutgoingError)) throw error;
  const permanent = ['blocked', 'invalid_request'].includes(error.code);
  return new DeliveryError(error.message, { permanent }, { cause: error });
}

/** Reads `Retry-After`: seconds or a date; `null` if it is neither. At most an hour. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const waitMs = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, waitMs));
}
