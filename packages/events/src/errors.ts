/**
 * Every error that a sender of events or a caller of the API can meet, declared
 * once: its code, what it means, the HTTP status and whether the same request may
 * succeed later. Documentation and HTTP answers derive from this table.
 */

interface ErrorDeclaration {
  /** What went wrong, in words for the person who reads the answer. */
  readonly message: string;
  readonly status: number;
  /** True if sending the same request again later can succeed. */
  readonly retryable: boolean;
}

export const errorCatalogue = {
  // Not 409 or 429, which the providers' clients send again by themselves.
  budget_exceeded: { message: 'The budget has no room for this amount.', status: 402, retryable: false },
  invalid_json: { message: 'The body is not valid JSON.', status: 400, retryable: false },
  invalid_otlp: {
    message: 'The body is no OTLP request in the encoding it names.',
    status: 400,
    retryable: false,
  },
  invalid_encoding: {
    message: 'The body does not decompress with the Content-Encoding it names.',
    status: 400,
    retryable: false,
  },
  invalid_parameter: { message: 'A query parameter has no valid value.', status: 400, retryable: false },
  unauthorized: { message: 'A valid token is needed.', status: 401, retryable: false },
  forbidden: { message: 'The token does not permit this.', status: 403, retryable: false },
  not_found: { message: 'There is nothing at this address.', status: 404, retryable: false },
  method_not_allowed: { message: 'This address does not answer that method.', status: 405, retryable: false },
  identity_conflict: {
    message: 'An event with this id and another payload is already stored.',
    status: 409,
    retryable: false,
  },
  reservation_conflict: {
    message: 'The key stands for another reservation, or the reservation has ended otherwise.',
    status: 409,
    retryable: false,
  },
  deployment_conflict: {
    message: 'The id stands for another deployment.',
    status: 409,
    retryable: false,
  },
  plan_changed: {
    message: 'What would change is not what was shown; look at it again.',
    status: 409,
    retryable: false,
  },
  alert_over: { message: 'The alert is not raised, or is over already.', status: 409, retryable: false },
  busy: { message: 'Work of this kind is under way already.', status: 409, retryable: true },
  backup_damaged: {
    message: 'There is no such backup, or it is not as it was written.',
    status: 409,
    retryable: false,
  },
  backups_disabled: {
    message: 'Backups are switched off by metrics.backup_enabled.',
    status: 409,
    retryable: false,
  },
  needs_embedded_ledger: {
    message: 'This needs the embedded engine; the ledger is a remote one.',
    status: 409,
    retryable: false,
  },
  body_too_large: { message: 'The body is larger than permitted.', status: 413, retryable: false },
  too_many_events: { message: 'The body holds more events than permitted.', status: 413, retryable: false },
  unsupported_media_type: {
    message: 'The Content-Type is none of application/json and application/x-ndjson.',
    status: 415,
    retryable: false,
  },
  unsupported_encoding: {
    message: 'The Content-Encoding is none of identity, gzip, zstd and br.',
    status: 415,
    retryable: false,
  },
  invalid_configuration: {
    message: 'The configuration is not right; the present one stays.',
    status: 422,
    retryable: false,
  },
  empty_body: { message: 'The body holds no event.', status: 422, retryable: false },
  invalid_event: { message: 'An event is not a JSON object.', status: 422, retryable: false },
  unknown_field: {
    message: 'The event has a field that is not part of it; additions belong in attributes.',
    status: 422,
    retryable: false,
  },
  missing_field: { message: 'A required field is missing.', status: 422, retryable: false },
  invalid_type: { message: 'A field has a value of the wrong type.', status: 422, retryable: false },
  invalid_value: { message: 'A field has a value that is not permitted.', status: 422, retryable: false },
  out_of_range: { message: 'A number is outside its permitted range.', status: 422, retryable: false },
  too_long: { message: 'A text or a map is longer than permitted.', status: 422, retryable: false },
  timestamp_in_future: {
    message: 'The timestamp is too far ahead of the server clock.',
    status: 422,
    retryable: false,
  },
  inconsistent_tokens: {
    message: 'A token count that is part of another is larger than the whole.',
    status: 422,
    retryable: false,
  },
  rate_limited: {
    message: 'The token has sent more requests than it may.',
    status: 429,
    retryable: true,
  },
  overloaded: { message: 'The server has more work than it can take on now.', status: 429, retryable: true },
  internal: {
    message: 'The server failed in a way that is a fault of its own.',
    status: 500,
    retryable: true,
  },
  not_ready: {
    message: 'The server is starting, stopping or waiting for its ledger.',
    status: 503,
    retryable: true,
  },
  journal_failed: {
    message: 'The journal could not be written; nothing was stored.',
    status: 503,
    retryable: true,
  },
  ledger_unavailable: { message: 'The ledger does not answer now.', status: 503, retryable: true },
  prometheus_unavailable: {
    message: 'The configured Prometheus does not answer now.',
    status: 503,
    retryable: true,
  },
  query_too_heavy: {
    message: 'The query took longer or more memory than permitted.',
    status: 503,
    retryable: true,
  },
  storage_full: { message: 'The disk is full; nothing was stored.', status: 507, retryable: true },
} as const satisfies Record<string, ErrorDeclaration>;

/** The codes of {@link errorCatalogue}. */
export type ErrorCode = keyof typeof errorCatalogue;

/** Where in a request an error lies. */
export interface ErrorPlace {
  /** Zero-based position of the event in the body. */
  readonly index?: number;
  /** One-based line of an NDJSON body. */
  readonly line?: number;
  /** The field of the event or the name of the parameter. */
  readonly field?: string;
}

/** An operating error of the catalogue, with its place in the request and the reason in words. */
export class BellwetherError extends Error {
  override readonly name = 'BellwetherError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  /**
   * @param detail what exactly is wrong, for the reader of the answer; never a secret, never a payload.
   */
  constructor(code: ErrorCode, detail?: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(detail ?? errorCatalogue[code].message, options);
    this.code = code;
    this.place = place;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }

  /** The same error at a more precise place. */
  at(place: ErrorPlace): BellwetherError {
    return new BellwetherError(this.code, this.message, { ...this.place, ...place }, { cause: this.cause });
  }
}
