/**
 * From bytes to text, refusing what is not UTF-8 instead of replacing it: a
 * replaced character could make two different label values one.
 */
import { isUtf8 } from 'node:buffer';
import { ExpositionParseError } from './parse-error.ts';

// A byte order mark stays in the text, where the grammar refuses it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of an exposition. Throws NOT_UTF8 with the line at fault. */
export function decodeText(input: string | Uint8Array): string {
  if (typeof input === 'string') {
    if (input.isWellFormed()) return input;
    const line = input.split('\n').findIndex((text) => !text.isWellFormed());
    throw new ExpositionParseError('NOT_UTF8', line + 1);
  }
  if (isUtf8(input)) return decoder.decode(input);
  for (let line = 1, start = 0; ; line++) {
    const newline = input.indexOf(0x0a, start);
    const end = newline === -1 ? input.length : newline;
    if (!isUtf8(input.subarray(start, end))) throw new ExpositionParseError('NOT_UTF8', line);
    start = end + 1;
  }
}
