/**
 * Splitting a stream into its events as it arrives: server-sent events (the data of
 * each, joined over its lines), or JSON objects one after another, in lines or in
 * an array. What is not JSON is passed on as text, since some providers stream bare
 * text.
 */

import { JsonSplitter } from './json-splitter.ts';

/** The longest event that is kept, in characters; a longer one is dropped. */
export const STREAM_EVENT_LENGTH_MAX = 16 * 1024 * 1024;

/** Receives the events of a stream. */
export interface StreamSink {
  /** A value that was JSON, with the name of its event if it has one. */
  onJson(value: unknown, name: string): void;
  /** A text that was not JSON. */
  onText(text: string): void;
  /** The marker that the stream is complete. */
  onDone(): void;
}

type Kind = 'unknown' | 'events' | 'json' | 'text';

/** Splits a stream into events; feed it pieces in order, then end it. */
export class EventStream {
  readonly #sink: StreamSink;
  readonly #objects: JsonSplitter;
  #kind: Kind = 'unknown';
  #line = '';
  #data: string[] = [];
  #dataLength = 0;
  #name = '';

  constructor(sink: StreamSink) {
    this.#sink = sink;
    this.#objects = new JsonSplitter(STREAM_EVENT_LENGTH_MAX, (text) => this.#value(text, ''));
  }

  /** True if it was neither events nor JSON: the page of a proxy, say. */
  get isPlainText(): boolean {
    return this.#kind === 'text' || this.#kind === 'unknown';
  }

  /** Takes the next piece, of any length, cut anywhere. */
  push(piece: string): void {
    if (this.#kind === 'unknown') this.#kind = kindOf(this.#line + piece);
    if (this.#kind === 'json') {
      this.#objects.push(this.#line + piece);
      this.#line = '';
      return;
    }
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      this.#take(this.#line + piece.slice(from, end));
      this.#line = '';
      from = end + 1;
    }
    if (this.#line.length <= STREAM_EVENT_LENGTH_MAX) this.#line += piece.slice(from);
  }

  /** Takes what is left, which a stream that was cut off did not end with a line break. */
  end(): void {
    if (this.#line !== '') this.#take(this.#line);
    this.#line = '';
    this.#dispatch();
  }

  #take(rawLine: string): void {
    const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine;
    if (this.#kind === 'events') this.#field(line);
    else if (line !== '') this.#sink.onText(line);
  }

  #field(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (name === 'event') this.#name = value;
    if (name !== 'data') return;
    // Some servers leave out the empty line between events: an object after a whole object is a new event.
    const previous = this.#data.at(-1);
    const begins = value.startsWith('{') || value.startsWith('[DONE]');
    if (begins && previous?.trimEnd().endsWith('}')) this.#dispatch();
    this.#dataLength += value.length;
    if (this.#dataLength <= STREAM_EVENT_LENGTH_MAX) this.#data.push(value);
  }

  #dispatch(): void {
    const data = this.#data.join('\n');
    const name = this.#name;
    this.#data = [];
    this.#dataLength = 0;
    this.#name = '';
    if (data !== '') this.#value(data, name);
  }

  #value(text: string, name: string): void {
    if (text.trim() === '[DONE]') {
      this.#sink.onDone();
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#sink.onText(text);
      return;
    }
    this.#sink.onJson(value, name);
  }
}

/** What a stream is, from its beginning; unknown while there is not enough of it. */
function kindOf(beginning: string): Kind {
  const text = beginning.trimStart();
  if (text === '') return 'unknown';
  if (text.startsWith('{') || text.startsWith('[')) return 'json';
  if (/^(?:data|event|id|retry)?:/.test(text)) return 'events';
  return 'data: event: retry: id:'.includes(text) && text.length < 6 ? 'unknown' : 'text';
}
