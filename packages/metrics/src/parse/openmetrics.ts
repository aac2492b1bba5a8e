/**
 * The strict parser of OpenMetrics 1.0 text. It refuses whatever the specification
 * forbids, with the line and the reason; what it gives back can be rendered again
 * to the same samples. One pass, in time linear to the text.
 *
 * Beyond 1.0 it reads names in double quotes (`{"my.metric",a="b"} 1`), which
 * Prometheus 3 sends under the same version when `escaping=allow-utf-8` was agreed.
 */
import type { Exemplar, MetricFamily, MetricType, Sample } from '../family.ts';
import { CHAR, Cursor } from './cursor.ts';
import { decodeText } from './decode.ts';
import { endsInLoneBackslash, unescapeText } from './escapes.ts';
import { MetricGroups } from './metric-group.ts';
import { parseNumber, parseReal } from './number.ts';
import { isMetricType, type Role, roleOf, SUFFIXES } from './rules.ts';

const EXEMPLAR_LABELS_MAX = 128;
const UNIT = /^[a-zA-Z0-9_:]*$/;
type Metadata = 'TYPE' | 'UNIT' | 'HELP';

/**
 * Parses a whole OpenMetrics 1.0 exposition. Throws an ExpositionParseError for
 * anything the specification does not allow: a partial exposition counts as none.
 */
export function parseOpenMetrics(input: string | Uint8Array): MetricFamily[] {
  return new OpenMetricsParser(decodeText(input)).parse();
}

class OpenMetricsParser {
  readonly #cursor: Cursor;
  readonly #families: MetricFamily[] = [];
  readonly #seenNames = new Set<string>();
  #name: string | undefined;
  #firstLine = 0;
  #type: MetricType | undefined;
  #unit: string | undefined;
  #help: string | undefined;
  #samples: Sample[] = [];
  #groups: MetricGroups | undefined;
  #sampleName: string | undefined;
  #role: Role = 'value';

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  parse(): MetricFamily[] {
    const cursor = this.#cursor;
    while (cursor.nextLine()) {
      if (cursor.at === cursor.end) cursor.fail('LINE_BLANK');
      if (cursor.peek() !== CHAR.hash) this.#sampleLine();
      else if (cursor.text.slice(cursor.at, cursor.end) === '# EOF') return this.#endOfText();
      else this.#metadataLine();
    }
    cursor.line = 0;
    return cursor.fail('EOF_MISSING');
  }

  #endOfText(): MetricFamily[] {
    const cursor = this.#cursor;
    this.#finishFamily();
    if (cursor.end + 1 < cursor.text.length) cursor.fail('TEXT_AFTER_EOF');
    return this.#families;
  }

  #metadataLine(): void {
    const cursor = this.#cursor;
    const { text } = cursor;
    const keyword = text.slice(cursor.at + 2, cursor.at + 6);
    const isMetadata = keyword === 'TYPE' || keyword === 'UNIT' || keyword === 'HELP';
    if (!isMetadata || text.charCodeAt(cursor.at + 1) !== CHAR.space) return cursor.fail('COMMENT');
    cursor.at += 6;
    if (cursor.peek() !== CHAR.space) cursor.fail('METADATA_MALFORMED', keyword);
    cursor.at++;
    const name = cursor.peek() === CHAR.quote ? this.#quotedName() : cursor.metricName();
    if (cursor.peek() !== CHAR.space) cursor.fail('METADATA_MALFORMED', keyword);
    const value = text.slice(cursor.at + 1, cursor.end);
    if (name !== this.#name) this.#startFamily(name);
    if (this.#samples.length > 0) cursor.fail('METADATA_LATE', keyword);
    this.#setMetadata(keyword, value);
  }

  #quotedName(): string {
    return this.#cursor.quoted() || this.#cursor.fail('NAME_INVALID');
  }

  #setMetadata(keyword: Metadata, value: string): void {
    const cursor = this.#cursor;
    if (keyword === 'TYPE') {
      if (this.#type !== undefined) cursor.fail('METADATA_REPEATED', keyword);
      this.#type = isMetricType(value) ? value : cursor.fail('TYPE_UNKNOWN', value);
    } else if (keyword === 'UNIT') {
      if (this.#unit !== undefined) cursor.fail('METADATA_REPEATED', keyword);
      if (!UNIT.test(value)) cursor.fail('METADATA_MALFORMED', keyword);
      if (value !== '' && !this.#name!.endsWith(`_${value}`)) cursor.fail('UNIT_MISMATCH', value);
      this.#unit = value;
    } else {
      if (this.#help !== undefined) cursor.fail('METADATA_REPEATED', keyword);
      if (endsInLoneBackslash(value)) cursor.fail('ESCAPE');
      this.#help = unescapeText(value, true);
    }
    if (this.#unit && (this.#type === 'info' || this.#type === 'stateset')) {
      cursor.fail('UNIT_NOT_ALLOWED', this.#type);
    }
  }

  #startFamily(name: string): void {
    this.#finishFamily();
    if (this.#seenNames.has(name)) this.#cursor.fail('NAME_CLASH', name);
    this.#firstLine = this.#cursor.line;
    this.#name = name;
    this.#type = undefined;
    this.#unit = undefined;
    this.#help = undefined;
    this.#samples = [];
    this.#groups = undefined;
    this.#sampleName = undefined;
  }

  #finishFamily(): void {
    const cursor = this.#cursor;
    const name = this.#name;
    if (name === undefined) return;
    const type = this.#type ?? 'unknown';
    this.#groups?.finish(cursor);
    for (const suffix of new Set(['', ...Object.keys(SUFFIXES[type])])) {
      const taken = name + suffix;
      if (this.#seenNames.has(taken)) cursor.fail('NAME_CLASH', taken, this.#firstLine);
      this.#seenNames.add(taken);
    }
    const help = this.#help ?? '';
    const unit = this.#unit ?? '';
    this.#families.push({ name, type, help, unit, samples: this.#samples });
    this.#name = undefined;
  }

  #sampleLine(): void {
    const cursor = this.#cursor;
    let name = cursor.peek() === CHAR.openBrace ? '' : cursor.metricName();
    let labels: Record<string, string> = {};
    if (cursor.peek() === CHAR.openBrace) {
      const nameInside = cursor.labels(false);
      if ((name === '') === (nameInside === undefined)) cursor.fail('NAME_INVALID');
      name = nameInside ?? name;
      labels = cursor.labelObject();
    } else cursor.noLabels();
    const role = this.#roleOf(name);
    cursor.expect(CHAR.space, 'a space before the value');
    const value = this.#number();
    let timestampText: string | undefined;
    let timestamp: number | undefined;
    if (cursor.peek() === CHAR.space && cursor.text.charCodeAt(cursor.at + 1) !== CHAR.hash) {
      cursor.at++;
      const end = cursor.tokenEnd(false);
      timestampText = cursor.text.slice(cursor.at, end);
      timestamp = this.#timestamp(end);
    }
    const bound = this.#groups!.add(cursor, { role, value, timestamp, timestampText });
    const exemplar = cursor.at < cursor.end ? this.#exemplar(role, bound) : undefined;
    this.#samples.push(sampleOf(name, labels, value, timestamp, exemplar));
  }

  /** The role of the sample in the current family, or in a new one of its own name. */
  #roleOf(name: string): Role {
    if (name === this.#sampleName) return this.#role;
    let role = this.#name === undefined ? undefined : roleOf(this.#type ?? 'unknown', this.#name, name);
    if (role === undefined) {
      this.#startFamily(name);
      role = 'value';
    }
    this.#groups ??= new MetricGroups(this.#type ?? 'unknown', this.#name!);
    this.#sampleName = name;
    this.#role = role;
    return role;
  }

  #number(): number {
    const cursor = this.#cursor;
    const end = cursor.tokenEnd(false);
    const value = parseNumber(cursor.text, cursor.at, end);
    if (value === undefined) return cursor.fail('VALUE_INVALID', cursor.text.slice(cursor.at, end));
    cursor.at = end;
    return value;
  }

  #timestamp(end = this.#cursor.tokenEnd(false)): number {
    const cursor = this.#cursor;
    const value = parseReal(cursor.text, cursor.at, end);
    if (value === undefined) return cursor.fail('TIMESTAMP_INVALID', cursor.text.slice(cursor.at, end));
    cursor.at = end;
    return value;
  }

  #exemplar(role: Role, bound: number | undefined): Exemplar {
    const cursor = this.#cursor;
    cursor.expect(CHAR.space, 'a space before the exemplar');
    cursor.expect(CHAR.hash, 'an exemplar');
    cursor.expect(CHAR.space, 'a space before the labels of the exemplar');
    if (role !== 'total' && role !== 'bucket') cursor.fail('EXEMPLAR_NOT_ALLOWED');
    if (cursor.labels(false) !== undefined) cursor.fail('SYNTAX', 'a label name');
    const labels = cursor.labelObject();
    let length = 0;
    for (let i = 0; i < cursor.labelCount; i++) {
      length += codePoints(cursor.labelNames[i]!) + codePoints(cursor.labelValues[i]!);
    }
    if (length > EXEMPLAR_LABELS_MAX) cursor.fail('EXEMPLAR_TOO_LONG');
    cursor.expect(CHAR.space, 'a space before the value of the exemplar');
    const value = this.#number();
    if (bound !== undefined && value > bound) cursor.fail('EXEMPLAR_OUTSIDE');
    if (cursor.at === cursor.end) return { labels, value };
    cursor.expect(CHAR.space, 'a space before the timestamp of the exemplar');
    const timestamp = this.#timestamp();
    if (cursor.at < cursor.end) cursor.fail('SYNTAX', 'the end of the line');
    return { labels, value, timestamp };
  }
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

function sampleOf(
  name: string,
  labels: Record<string, string>,
  value: number,
  timestamp: number | undefined,
  exemplar: Exemplar | undefined,
): Sample {
  if (timestamp === undefined) return exemplar ? { name, labels, value, exemplar } : { name, labels, value };
  return exemplar ? { name, labels, value, timestamp, exemplar } : { name, labels, value, timestamp };
}
