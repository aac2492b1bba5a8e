/**
 * Why a push did not succeed, declared once: code, text, and whether the same
 * request may succeed later.
 */

interface ErrorKind {
  readonly message: string;
  readonly retryable: boolean;
}

/** The catalogue. `{detail}` stands for the particulars. */
export const PUSH_ERRORS = {
  COLLECT_FAILED: { message: 'the metrics could not be collected', retryable: true },
  ENCODE_FAILED: { message: 'the metrics could not be encoded', retryable: false },
  UNREACHABLE: { message: 'the receiver could not be reached: {detail}', retryable: true },
  TIMEOUT: { message: 'the receiver did not answer within {detail} ms', retryable: true },
  OVERLOADED: { message: 'the receiver answered {detail}', retryable: true },
  REFUSED: { message: 'the receiver refused the request: {detail}', retryable: false },
  REDIRECTED: {
    message: 'the receiver answered with a redirect, which is not followed: {detail}',
    retryable: false,
  },
  PARTIAL: { message: 'the receiver did not take everything: {detail}', retryable: false },
  QUEUE_FULL: { message: 'the queue is full: {detail} samples were dropped', retryable: false },
  JOB_MISSING: { message: 'Missing jobName parameter', retryable: false },
  CLOSED: { message: 'the sender was closed before the request was delivered', retryable: false },
} as const satisfies Record<string, ErrorKind>;

/** The codes of the catalogue. */
export type PushErrorCode = keyof typeof PUSH_ERRORS;

/** What else is known of a failure. */
export interface PushErrorDetails extends ErrorOptions {
  readonly detail?: string | number;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** How long the receiver asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The headers of the answer. */
  readonly headers?: Headers;
}

/**
 * A push failed. Senders that run by themselves hand it to `onError` and put it into
 * outcomes; only a Pushgateway, which is called like prom-client's, rejects with it.
 */
export class PushError extends Error {
  override readonly name = 'PushError';
  readonly code: PushErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly headers: Headers | undefined;

  constructor(code: PushErrorCode, details: PushErrorDetails = {}) {
    const { detail = '', status, retryAfterMs, headers, ...options } = details;
    super(
      PUSH_ERRORS[code].message.replace('{detail}', () => String(detail)),
      options,
    );
    this.code = code;
    this.retryable = PUSH_ERRORS[code].retryable;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.headers = headers;
  }
}
