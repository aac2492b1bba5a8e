/** Why a request did not get an answer. Neither code nor message ever holds a path, a query, a header or a body. */

/** What went wrong. `blocked` and `invalid_request` will not succeed by trying again. */
export type OutgoingErrorCode =
  /** The address is private and not permitted, or one that never is. */
  | 'blocked'
  /** The URL, a header or a limit is not what it must be. */
  | 'invalid_request'
  /** Name not found, connection refused, cut off. */
  | 'unreachable'
  /** The certificate is not trusted, or the server speaks no TLS. */
  | 'tls'
  | 'timeout'
  /** The answer is larger than permitted. */
  | 'too_large'
  /** The answer is not HTTP, or does not decompress. */
  | 'invalid_response'
  /** A redirect leads elsewhere than may be followed. */
  | 'redirect'
  /** The caller's signal. */
  | 'aborted'
  /** So many requests are under way that this one was not begun. */
  | 'busy';

/** A request that got no answer. An answer of any status is no error. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';
  readonly code: OutgoingErrorCode;

  /** @param message for people; names the host and port at most, since the rest of a URL may be a secret. */
  constructor(code: OutgoingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True if the same request may succeed later. */
  get retryable(): boolean {
    return ['unreachable', 'timeout', 'busy', 'invalid_response'].includes(this.code);
  }
}

/** Any failure of a connection as one of ours. */
export function asOutgoingError(error: unknown, place: string, signal: AbortSignal): OutgoingError {
  if (error instanceof OutgoingError) return error;
  // A socket that was destroyed by the signal tells of that, not of why.
  if (signal.aborted && signal.reason instanceof OutgoingError) return signal.reason;
  const cause = { cause: error };
  const code = codeOf(error);
  // The codes of zlib, brotli and zstd.
  if (/^(?:Z_|ERR__|ZSTD_)/.test(code))
    return new OutgoingError('invalid_response', `the answer of ${place} does not decompress`, cause);
  if (code.startsWith('HPE_'))
    return new OutgoingError('invalid_response', `${place} does not speak HTTP`, cause);
  if (
    /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|ERR_OSSL|HOSTNAME_)/.test(code) ||
    code === 'EPROTO'
  )
    return new OutgoingError('tls', `no trust in ${place} by TLS (${code})`, cause);
  return new OutgoingError('unreachable', `${place} cannot be reached (${code})`, cause);
}

/** The code of an error, or of the first of several attempts that all failed. */
function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code } = first as { readonly code?: unknown };
  return typeof code === 'string' ? code : 'unknown';
}
