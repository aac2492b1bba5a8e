/** What a server says to a batch of events, read without trust in its shape. */

/** A batch that was taken. */
export interface Receipt {
  readonly accepted: number;
  readonly duplicates: number;
  /** Events that were refused while the others were taken; only with `partial=true`. */
  readonly rejected: readonly Rejection[];
}

/** One event that was refused. */
export interface Rejection {
  /** Its position in the batch, from 0. */
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** Why a batch was refused. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The position of the event at fault, from 0, where there is one. */
  readonly index: number | undefined;
}

/** Reads the body of a 200 answer; `null` if it is none of ours. */
export function readReceipt(body: string): Receipt | null {
  const found = parseObject(body);
  const { accepted, duplicates, rejected = [] } = found ?? {};
  if (!isCount(accepted) || !isCount(duplicates) || !Array.isArray(rejected)) return null;
  return {
    accepted,
    duplicates,
    rejected: rejected.map((each: unknown) => {
      const { index, code, message } = asObject(each) ?? {};
      return {
        index: isCount(index) ? index : -1,
        code: asText(code, 'unknown'),
        message: asText(message, ''),
      };
    }),
  };
}

/** Reads the body of an answer that refuses; a body that is none of ours becomes its own message. */
export function readRefusal(status: number, body: string): Refusal {
  const found = parseObject(body);
  // Errors are either the body itself or its member `error`.
  const fault = asObject(found?.['error']) ?? found ?? {};
  const { code, message, index, line } = fault;
  return {
    code: asText(code, `http_${status}`),
    message: asText(message, body.trim().slice(0, 300) || 'the answer has no text'),
    index: isCount(index) ? index : isCount(line) && line > 0 ? line - 1 : undefined,
  };
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return null; // Not JSON: a proxy's page, or nothing.
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function asText(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
