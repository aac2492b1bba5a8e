/**
 * Splits a body into the JSON values of its events, which are not looked into yet.
 */

import { isUtf8 } from 'node:buffer';
import { attributeBounds, BellwetherError, type ErrorPlace, eventFieldNames } from '@bellwether/events';

/** How the events of a body are written. */
export type BodyFormat = 'json' | 'ndjson';

const formats: Readonly<Record<string, BodyFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

/** The media types that are understood. */
export const bodyMediaTypes = Object.keys(formats);

/**
 * The format that a Content-Type names.
 *
 * @throws BellwetherError `unsupported_media_type`.
 */
export function bodyFormatOf(contentType: string | undefined): BodyFormat {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const format = Object.hasOwn(formats, mediaType) ? formats[mediaType] : undefined;
  if (format === undefined) throw new BellwetherError('unsupported_media_type');
  return format;
}

/** Bodies up to this size are parsed as they are. */
const SMALL_BYTES = 1024 * 1024;

/** Commas of one event at the most: between its fields, between its attributes, and after it. */
const EVENT_COMMAS_MAX = eventFieldNames.length + attributeBounds.entriesMax;

/** One event of a body, not yet validated. */
export interface RawEvent {
  readonly value: unknown;
  readonly place: ErrorPlace;
}

/**
 * The events of a body.
 *
 * @throws BellwetherError `invalid_json`, `empty_body` or `too_many_events`.
 */
export function readEvents(body: Buffer, format: BodyFormat, eventsMax: number): RawEvent[] {
  if (!isUtf8(body)) throw new BellwetherError('invalid_json', 'The body is not valid UTF-8.');
  // An event has at most one object within it. Small bodies cannot hold enough values to matter.
  const most = { containers: 2 * eventsMax + 1, commas: EVENT_COMMAS_MAX * eventsMax };
  if (body.length > SMALL_BYTES && holdsMore(body, most)) throw tooMany(eventsMax);
  const events = format === 'json' ? readJson(body, eventsMax) : readLines(body, eventsMax);
  if (events.length === 0) throw new BellwetherError('empty_body');
  return events;
}

/**
 * Whether a body has more objects and arrays, or more commas, than permitted. Parsed,
 * each container, field and element takes tens of bytes, so a body of nothing but
 * brackets or of one huge object would grow twenty-fold in memory.
 */
export function holdsMore(
  body: Uint8Array,
  most: { readonly containers: number; readonly commas: number },
): boolean {
  const [QUOTE, BACKSLASH, BRACKET, BRACE, COMMA] = [0x22, 0x5c, 0x5b, 0x7b, 0x2c];
  let [containers, commas] = [0, 0];
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inText) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === COMMA) commas += 1;
    else if (byte === BRACKET || byte === BRACE) containers += 1;
    if (containers > most.containers || commas > most.commas) return true;
  }
  return false;
}

function readJson(body: Buffer, eventsMax: number): RawEvent[] {
  const value = parseJson(body.toString('utf8'), {});
  const values: unknown[] = Array.isArray(value) ? value : [value];
  // Before anything is made of each: an array may have as many elements as the body has bytes.
  if (values.length > eventsMax) throw tooMany(eventsMax);
  return values.map((event, index) => ({ value: event, place: { index } }));
}

function readLines(body: Buffer, eventsMax: number): RawEvent[] {
  const events: RawEvent[] = [];
  const whole = body.toString('utf8');
  let line = 0;
  // One line after another: a list of all lines would be many times the size of a body of line ends.
  for (let start = 0; start < whole.length; ) {
    const end = whole.indexOf('\n', start);
    const text = whole.slice(start, end === -1 ? whole.length : end);
    start += text.length + 1;
    line += 1;
    if (text.trim() === '') continue;
    if (events.length === eventsMax) throw tooMany(eventsMax);
    const place = { index: events.length, line };
    events.push({ value: parseJson(text, place), place });
  }
  return events;
}

function parseJson(text: string, place: ErrorPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's message quotes the text around the fault, which may be a secret; its position may be told.
    const position = /position (\d+)/.exec(String(error))?.[1];
    const where = position === undefined ? '' : ` The fault is at character ${position}.`;
    const hint = place.line === undefined ? ' One event a line is sent as application/x-ndjson.' : '';
    throw new BellwetherError('invalid_json', `This is not valid JSON.${where}${hint}`, place);
  }
}

function tooMany(eventsMax: number): BellwetherError {
  return new BellwetherError('too_many_events', `The body holds more than ${eventsMax} events.`);
}
