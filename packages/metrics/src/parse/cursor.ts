/**
 * A place in the text of an exposition, and the pieces that both text formats
 * are made of: names, quoted strings and label sets. It looks at every character
 * once and reuses the names of the line before, since neighbouring lines of an
 * exposition differ in little else than their values.
 */
import { unescapeText } from './escapes.ts';
import { ExpositionParseError, type ParseErrorCode } from './parse-error.ts';

const METRIC_START = 1;
const METRIC_PART = 2;
const LABEL_START = 4;
const LABEL_PART = 8;

/** Up to so many labels, comparing all pairs is faster than a set. */
const FEW_LABELS = 24;

const CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(char)) CLASSES[code] = METRIC_START | METRIC_PART | LABEL_START | LABEL_PART;
  else if (char === ':') CLASSES[code] = METRIC_START | METRIC_PART;
  else if (/\d/.test(char)) CLASSES[code] = METRIC_PART | LABEL_PART;
}

/** Character codes that the grammar names. */
export const CHAR = {
  tab: 0x09,
  space: 0x20,
  quote: 0x22,
  hash: 0x23,
  comma: 0x2c,
  equals: 0x3d,
  openBrace: 0x7b,
  backslash: 0x5c,
  closeBrace: 0x7d,
} as const;

/** Scans one line at a time. `at` is the next character, `end` the end of the line. */
export class Cursor {
  readonly text: string;
  at = 0;
  end = 0;
  /** The current line, counted from 1. */
  line = 0;
  /** The labels that were read last, in the order of the text. */
  readonly labelNames: string[] = [];
  readonly labelValues: string[] = [];
  labelCount = 0;
  /** Where the labels that were read last stand between their braces. */
  labelsStart = 0;
  labelsEnd = 0;
  /** Whether the text between the braces is the only way to write these labels, but for their order. */
  labelsCanonical = true;
  #lastName = '';
  #manyLabels = new Set<string>();

  constructor(text: string) {
    this.text = text;
  }

  /** Makes the next line the current one. False at the end of the text. */
  nextLine(): boolean {
    const start = this.line === 0 ? 0 : this.end + 1;
    if (start >= this.text.length) return false;
    const newline = this.text.indexOf('\n', start);
    this.at = start;
    this.end = newline === -1 ? this.text.length : newline;
    this.line++;
    return true;
  }

  /** Throws, by default with the current line. */
  fail(code: ParseErrorCode, detail?: string, line = this.line): never {
    throw new ExpositionParseError(code, line, detail);
  }

  /** The next character, or -1 at the end of the line. */
  peek(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : -1;
  }

  /** Steps over one character that must be there. */
  expect(code: number, shown: string): void {
    if (this.peek() !== code) this.fail('SYNTAX', shown);
    this.at++;
  }

  /** Steps over blanks and tabs. */
  skipBlanks(): void {
    while (this.at < this.end) {
      const code = this.text.charCodeAt(this.at);
      if (code !== CHAR.space && code !== CHAR.tab) return;
      this.at++;
    }
  }

  /** The characters up to the next blank (or tab, where tabs separate) or the end of the line. */
  tokenEnd(tabsSeparate: boolean): number {
    let at = this.at;
    for (; at < this.end; at++) {
      const code = this.text.charCodeAt(at);
      if (code === CHAR.space || (tabsSeparate && code === CHAR.tab)) break;
    }
    return at;
  }

  /** A metric name without quotes. The name of the last call is given back as the same string. */
  metricName(): string {
    const { text, at } = this;
    const end = this.#nameEnd(METRIC_START, METRIC_PART);
    if (end === at) this.fail('NAME_INVALID');
    this.at = end;
    if (end - at === this.#lastName.length && text.startsWith(this.#lastName, at)) return this.#lastName;
    this.#lastName = text.slice(at, end);
    return this.#lastName;
  }

  #nameEnd(startClass: number, partClass: number): number {
    let { at } = this;
    let wanted = startClass;
    for (; at < this.end; at++) {
      const code = this.text.charCodeAt(at);
      if (code > 127 || (CLASSES[code]! & wanted) === 0) break;
      wanted = partClass;
    }
    return at;
  }

  /** A string in double quotes, with its escapes undone. */
  quoted(): string {
    this.expect(CHAR.quote, 'a double quote');
    const { text, at: start } = this;
    for (; this.at < this.end; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === CHAR.quote) return text.slice(start, this.at++);
      if (code === CHAR.backslash) return this.#quotedWithEscapes(start);
    }
    return this.fail('SYNTAX', 'a closing double quote');
  }

  #quotedWithEscapes(start: number): string {
    this.labelsCanonical = false;
    for (; this.at < this.end; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === CHAR.backslash) this.at++;
      else if (code === CHAR.quote) return unescapeText(this.text.slice(start, this.at++), true);
    }
    return this.fail('SYNTAX', 'a closing double quote');
  }

  /**
   * Reads `{…}` into `labelNames` and `labelValues`. Gives back the metric name if
   * it stands between the braces, as names outside the classic rules do. Where the
   * format is `tolerant`, blanks and a trailing comma are stepped over.
   */
  labels(tolerant: boolean): string | undefined {
    this.labelCount = 0;
    this.labelsCanonical = true;
    let metricName: string | undefined;
    this.expect(CHAR.openBrace, 'an opening brace');
    this.labelsStart = this.at;
    if (tolerant) this.#skipInside();
    if (this.peek() === CHAR.closeBrace) return this.#closeLabels(undefined);
    for (;;) {
      const isQuoted = this.peek() === CHAR.quote;
      const name = isQuoted ? this.quoted() : this.#labelName();
      if (tolerant) this.#skipInside();
      const next = this.peek();
      if (isQuoted && this.labelCount === 0 && metricName === undefined && next !== CHAR.equals) {
        if (name === '') this.fail('NAME_INVALID');
        metricName = name;
        this.labelsCanonical = false;
      } else {
        this.expect(CHAR.equals, 'an equals sign');
        this.#label(name, isQuoted, tolerant);
      }
      if (this.peek() === CHAR.closeBrace) return this.#closeLabels(metricName);
      this.expect(CHAR.comma, 'a comma or a closing brace');
      if (!tolerant) continue;
      this.#skipInside();
      if (this.peek() !== CHAR.closeBrace) continue;
      this.labelsCanonical = false;
      return this.#closeLabels(metricName);
    }
  }

  /** Blanks between the braces make another way to write the same labels. */
  #skipInside(): void {
    const before = this.at;
    this.skipBlanks();
    if (this.at !== before) this.labelsCanonical = false;
  }

  #labelName(): string {
    const { text, at } = this;
    const known = this.labelNames[this.labelCount];
    if (known !== undefined && text.startsWith(known, at)) {
      const after = at + known.length;
      if (after < this.end && text.charCodeAt(after) === CHAR.equals) {
        // The name of the line before, unless that one was quoted and is no plain name.
        const end = this.#nameEnd(LABEL_START, LABEL_PART);
        if (end === after) {
          this.at = end;
          return known;
        }
      }
    }
    const end = this.#nameEnd(LABEL_START, LABEL_PART);
    if (end === at) this.fail('SYNTAX', 'a label name');
    this.at = end;
    return text.slice(at, end);
  }

  #label(name: string, isQuoted: boolean, tolerant: boolean): void {
    if (isQuoted && name === '') this.fail('SYNTAX', 'a label name');
    if (tolerant) this.#skipInside();
    const value = this.quoted();
    if (tolerant) this.#skipInside();
    this.#refuseRepeated(name);
    if (isQuoted || value === '') this.labelsCanonical = false;
    this.labelNames[this.labelCount] = name;
    this.labelValues[this.labelCount++] = value;
  }

  /** Few labels are compared one by one; with many, a set keeps the time linear. */
  #refuseRepeated(name: string): void {
    const count = this.labelCount;
    if (count <= FEW_LABELS) {
      for (let i = 0; i < count; i++) if (this.labelNames[i] === name) this.fail('LABEL_REPEATED', name);
      return;
    }
    if (count === FEW_LABELS + 1) this.#manyLabels = new Set(this.labelNames.slice(0, count));
    if (this.#manyLabels.has(name)) this.fail('LABEL_REPEATED', name);
    this.#manyLabels.add(name);
  }

  #closeLabels(metricName: string | undefined): string | undefined {
    this.labelsEnd = this.at;
    this.at++;
    return metricName;
  }

  /** No labels: for a line that has no braces. */
  noLabels(): void {
    this.labelCount = 0;
    this.labelsStart = this.at;
    this.labelsEnd = this.at;
    this.labelsCanonical = true;
  }

  /** The value of the label that was read last under this name. */
  labelValue(name: string): string | undefined {
    for (let i = 0; i < this.labelCount; i++) if (this.labelNames[i] === name) return this.labelValues[i];
    return undefined;
  }

  /** The labels that were read last as an object of their own. */
  labelObject(): Record<string, string> {
    const labels: Record<string, string> = {};
    for (let i = 0; i < this.labelCount; i++) {
      const name = this.labelNames[i]!;
      if (name === '__proto__') defineOwn(labels, name, this.labelValues[i]!);
      else labels[name] = this.labelValues[i]!;
    }
    return labels;
  }
}

/** `__proto__` is a valid label name, and assigning it would change the object's prototype instead. */
function defineOwn(target: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
