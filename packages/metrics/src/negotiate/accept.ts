/**
 * Reads the lists with quality values that HTTP negotiates by: Accept and
 * Accept-Encoding.
 *
 * Source: RFC 9110, sections 12.4.2, 12.5.1 and 12.5.3.
 */

/** One entry of such a list. */
export interface AcceptEntry {
  /** The media range or coding, in lower case. */
  readonly value: string;
  /** Parameters by name in lower case, but for `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0 (not acceptable) to 1. */
  readonly quality: number;
}

const QUALITY = /^(?:0(?:\.\d*)?|1(?:\.0*)?|\.\d+)$/;

/**
 * The entries of a header, best first; entries of equal quality stay in the order
 * of the header. An entry whose quality cannot be read counts as not acceptable.
 */
export function parseAccept(header: string): AcceptEntry[] {
  const entries: AcceptEntry[] = [];
  for (const item of splitOutsideQuotes(header, ',')) {
    const [value = '', ...rest] = splitOutsideQuotes(item, ';');
    const name = value.trim().toLowerCase();
    if (name === '') continue;
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals === -1) continue;
      const key = parameter.slice(0, equals).trim().toLowerCase();
      const text = unquoted(parameter.slice(equals + 1).trim());
      if (key === 'q') quality = QUALITY.test(text) ? Math.min(1, Number(text)) : 0;
      else if (!parameters.has(key)) parameters.set(key, text);
    }
    entries.push({ value: name, parameters, quality });
  }
  return entries.toSorted((a, b) => b.quality - a.quality);
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let inQuotes = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inQuotes && char === '\\') i++;
    else if (char === '"') inQuotes = !inQuotes;
    else if (char === separator && !inQuotes) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unquoted(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}
