/**
 * The escapes of label values and help texts, undone.
 */

const BACKSLASH = 0x5c;

/** Whether the text ends in a backslash that escapes nothing. */
export function endsInLoneBackslash(text: string): boolean {
  let at = text.length;
  while (at > 0 && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return (text.length - at) % 2 === 1;
}

/**
 * Undoes `\\`, `\n` and, where quotes are escaped too, `\"`. Any other sequence
 * stays as it is, backslash included. The text must not end in a lone backslash.
 */
export function unescapeText(text: string, quotesEscaped: boolean): string {
  let at = text.indexOf('\\');
  if (at === -1) return text;
  let result = '';
  let start = 0;
  for (; at !== -1; at = text.indexOf('\\', at)) {
    const next = text[at + 1];
    if (next === 'n' || next === '\\' || (next === '"' && quotesEscaped)) {
      result += text.slice(start, at) + (next === 'n' ? '\n' : next);
      start = at + 2;
    }
    at += 2;
  }
  return result + text.slice(start);
}
