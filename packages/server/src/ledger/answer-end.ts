/**
 * Finds out whether an answer is whole. A server that fails after it has begun to
 * answer can only say so at the end of the body: behind a mark that it named in a
 * header before (from ClickHouse 25.11 on), or, older, as plain text.
 *
 * Source: ClickHouse documentation, "HTTP interface", HTTP response codes caveats.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** How much of the end is looked at: what the server may write about an error, and the marks around it. */
const END_BYTES = 20 * 1024;
const MARK = '__exception__';

/** An error that the engine wrote into the body of an answer. */
export class AnswerError extends Error {
  /** ClickHouse's number of the error, e.g. `241`. */
  readonly code: string;
  /** ClickHouse's name of the error, e.g. `MEMORY_LIMIT_EXCEEDED`; empty if it gave none. */
  readonly type: string;

  constructor(text: string) {
    super(text.trim().slice(0, 2000));
    this.code = /Code: (\d+)\./.exec(text)?.[1] ?? '1002';
    this.type = /\(([A-Z][A-Z0-9_]{3,})\)/.exec(text)?.[1] ?? '';
  }
}

/** Looks at an answer as it comes. */
export class AnswerEnd {
  readonly #tag: string | undefined;
  #end: Buffer = Buffer.alloc(0);

  constructor(headers: IncomingHttpHeaders) {
    const tag = headers['x-clickhouse-exception-tag'];
    this.#tag = typeof tag === 'string' && tag !== '' ? tag : undefined;
  }

  /** Sees the next piece. */
  see(piece: Uint8Array): void {
    this.#end = Buffer.concat([this.#end, piece]).subarray(-END_BYTES);
  }

  /**
   * Checks the end of an answer of which nothing more comes.
   *
   * @throws AnswerError if the server has failed meanwhile.
   */
  check(): void {
    if (this.#tag === undefined) return;
    const text = this.#end.toString('utf8');
    if (!text.endsWith(`${this.#tag}\r\n${MARK}\r\n`)) return;
    const opening = `${MARK}\r\n${this.#tag}\r\n`;
    const from = text.lastIndexOf(opening, text.length - opening.length - 1);
    throw new AnswerError(
      from === -1 ? text : text.slice(from + opening.length).replace(/\d+ \S+\r\n__exception__\r\n$/, ''),
    );
  }

  /** The same of an answer that has no rows, where text that is an error can be nothing else. */
  checkWithoutRows(): void {
    this.check();
    const text = this.#end.toString('utf8');
    if (/(?:^|\n)Code: \d+\. DB::/.test(text)) throw new AnswerError(text);
  }
}

/**
 * Reads the answer of a statement that gives nothing back to its end: only then is it known to have succeeded.
 *
 * @throws AnswerError if the server has failed meanwhile.
 */
export async function readToEnd(
  stream: AsyncIterable<unknown>,
  headers: IncomingHttpHeaders = {},
): Promise<void> {
  const end = new AnswerEnd(headers);
  for await (const piece of stream) end.see(piece as Uint8Array);
  end.checkWithoutRows();
}
