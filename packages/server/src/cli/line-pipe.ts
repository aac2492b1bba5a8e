/**
 * A pipe from lines to lines: reads text as it comes, hands over each line, writes
 * the results. It reads no faster than its output is taken, and a line that never
 * ends is given up, so that its memory is bounded whatever comes in.
 */

import type { Readable, Writable } from 'node:stream';

/** The longest line, in characters; a longer one is an error. */
export const LINE_LENGTH_MAX = 32 * 1024 * 1024;

/** Results that are collected before they are written, in characters. */
const OUTPUT_CHUNK_LENGTH = 64 * 1024;

/** What is done with lines. */
export interface LineHandler {
  /** The result of a line, without a line break. */
  onLine(line: string): string;
  /** The result of a line that is longer than {@link LINE_LENGTH_MAX}. */
  onTooLong(): string;
}

/**
 * Runs the pipe to the end of its input. Empty lines have no result.
 *
 * @returns when everything was handed to the output; early if its reader went away.
 */
export async function pipeLines(input: Readable, output: Writable, handler: LineHandler): Promise<void> {
  const lines = new LineSplitter();
  let results = '';
  // Whoever reads the results may stop early, as head does: then there is nobody to tell, and that is no failure.
  let isTaken = true;
  const stop = () => {
    isTaken = false;
  };
  output.once('error', stop).once('close', stop);
  const write = async () => {
    const chunk = results;
    results = '';
    if (chunk !== '' && isTaken && !output.write(chunk)) await drained(output);
  };
  const take = async (line: string | null) => {
    if (line?.trim() === '') return;
    results += `${line === null ? handler.onTooLong() : handler.onLine(line)}\n`;
    if (results.length >= OUTPUT_CHUNK_LENGTH) await write();
  };
  input.setEncoding('utf8');
  for await (const chunk of input) {
    for (const line of lines.push(String(chunk))) {
      await take(line);
      if (!isTaken) return;
    }
  }
  for (const line of lines.end()) await take(line);
  await write();
  // The listener for errors stays: what is written last may still fail to arrive.
  output.off('close', stop);
}

/** Waits until the output takes more, or will never take anything again. */
function drained(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const;
    const done = () => {
      for (const event of events) output.off(event, done);
      resolve();
    };
    for (const event of events) output.once(event, done);
  });
}

/** Splits text into lines; `null` stands for one that was too long. */
class LineSplitter {
  #rest = '';
  #tooLong = false;

  *push(chunk: string): Generator<string | null> {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      const line = this.#rest + chunk.slice(from, end);
      from = end + 1;
      this.#rest = '';
      yield this.#tooLong || line.length > LINE_LENGTH_MAX ? null : line;
      this.#tooLong = false;
    }
    if (this.#tooLong) return;
    this.#rest += chunk.slice(from);
    if (this.#rest.length <= LINE_LENGTH_MAX) return;
    this.#rest = '';
    this.#tooLong = true;
  }

  *end(): Generator<string | null> {
    if (this.#tooLong) yield null;
    else if (this.#rest !== '') yield this.#rest;
  }
}
