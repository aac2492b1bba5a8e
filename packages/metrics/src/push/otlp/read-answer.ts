/**
 * Reads what an OTLP receiver says in a successful answer: whether it took
 * everything. Only the fields of `ExportMetricsPartialSuccess` are read.
 */

/** What a receiver did not take, although it answered with success. */
export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

/** The partial success within an `ExportMetricsServiceResponse`, or undefined if all was taken. */
export function readPartialSuccess(body: Uint8Array, contentType: string): PartialSuccess | undefined {
  try {
    const found = contentType.startsWith('application/json') ? fromJson(body) : fromProtobuf(body);
    return found.rejectedDataPoints === 0 ? undefined : found;
  } catch {
    // A body that cannot be read does not change that the status said success.
    return undefined;
  }
}

function fromJson(body: Uint8Array): PartialSuccess {
  const answer = JSON.parse(Buffer.from(body).toString() || '{}') as {
    partialSuccess?: { rejectedDataPoints?: string | number; errorMessage?: string };
  };
  const { rejectedDataPoints = 0, errorMessage = '' } = answer.partialSuccess ?? {};
  return { rejectedDataPoints: Number(rejectedDataPoints) || 0, errorMessage };
}

function fromProtobuf(body: Uint8Array): PartialSuccess {
  const partial = fieldsOf(body).find((field) => field.number === 1)?.bytes ?? new Uint8Array();
  const fields = fieldsOf(partial);
  const message = fields.find((field) => field.number === 2)?.bytes ?? new Uint8Array();
  return {
    rejectedDataPoints: fields.find((field) => field.number === 1)?.value ?? 0,
    errorMessage: Buffer.from(message).toString(),
  };
}

interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message that has varints and byte strings only; stops at anything else. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; at < message.length; shift += 7) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    const isBytes = tag % 8 === 2;
    if (!isBytes && tag % 8 !== 0) break;
    fields.push({
      number: tag >>> 3,
      value,
      bytes: isBytes ? message.subarray(at, at + value) : new Uint8Array(),
    });
    if (isBytes) at += value;
  }
  return fields;
}
