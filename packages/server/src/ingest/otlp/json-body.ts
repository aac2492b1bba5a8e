/**
 * Reads JSON bodies of OTLP: within bounds, and with errors that name what is wrong.
 *
 * Source: OTLP specification, "JSON Protobuf Encoding".
 */

import { isUtf8 } from 'node:buffer';
import { MalformedOtlp, VALUE_DEPTH_MAX } from './wire.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** How deep a request's own structure goes, above the values of its attributes. */
const STRUCTURE_DEPTH = 24;
/** Parsed, a container takes some hundred bytes, so a body of brackets alone would grow twenty-fold. */
const CONTAINERS_MAX = 2_000_000;

/** Parses a body, which must be an object. */
export function parseOtlpJson(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw new MalformedOtlp('The body is not valid UTF-8.');
  checkNesting(body);
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new MalformedOtlp('The body is not valid JSON.');
  }
  return objectAt(value, 'the body');
}

function checkNesting(body: Uint8Array): void {
  const [QUOTE, BACKSLASH] = [0x22, 0x5c];
  let [depth, containers] = [0, 0];
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inText) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      containers += 1;
      if (depth > STRUCTURE_DEPTH + 2 * VALUE_DEPTH_MAX || containers > CONTAINERS_MAX)
        throw new MalformedOtlp('The body has more objects, or deeper ones, than a request can have.');
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
}

/** An object; absent and null are empty. */
export function objectAt(value: unknown, what: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new MalformedOtlp(`${what} is not an object.`);
  return value as JsonObject;
}

/** A list; absent and null are empty. */
export function listAt(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedOtlp(`${what} is not a list.`);
  return value;
}

/** A text; absent and null are empty. */
export function textAt(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedOtlp(`${what} is not a text.`);
  return value;
}

/** A number: numbers may be written as texts. Absent is 0. */
export function numberAt(value: unknown, what: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)$|^NaN$/.test(value))
    return Number(value);
  throw new MalformedOtlp(`${what} is not a number.`);
}

/** A 64-bit unsigned integer, exact: as a text of digits, or as a number. Absent is 0. */
export function fixed64At(value: unknown, what: string): bigint {
  if (value === undefined || value === null) return 0n;
  const isText = typeof value === 'string' && /^\d{1,20}$/.test(value);
  const isNumber = typeof value === 'number' && Number.isInteger(value) && value >= 0;
  if (isText || isNumber) {
    const exact = BigInt(value);
    if (exact < 2n ** 64n) return exact;
  }
  throw new MalformedOtlp(`${what} is not a 64-bit unsigned integer.`);
}
