/**
 * The parser of the classic text format 0.0.4 (and of 1.0.0, which adds names in
 * double quotes). It is tolerant of layout, as Prometheus is: blank lines,
 * comments, any blanks between the parts, trailing commas, samples of one family
 * scattered over the text, repeated HELP and TYPE lines that agree. It is exact in
 * substance: what contradicts itself or would give a wrong figure is refused with
 * its line.
 */
import type { MetricFamily, MetricType, Sample } from '../family.ts';
import { CHAR, Cursor } from './cursor.ts';
import { decodeText } from './decode.ts';
import { unescapeText } from './escapes.ts';
import { parseNumber } from './number.ts';
import { seriesKey } from './series-key.ts';

/** The types of the classic format; `untyped` is `unknown` in the data model. */
const TYPES: Readonly<Record<string, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  untyped: 'unknown',
  unknown: 'unknown',
};
const TOTAL = '_total';
const INTEGER = /^[+-]?\d+$/;

/**
 * Parses a whole exposition in the classic text format. Throws an
 * ExpositionParseError for what cannot be read or contradicts itself. Families
 * come in the order in which they are first mentioned, in the data model of
 * OpenMetrics: counters are `_total`, timestamps are in seconds.
 */
export function parseText(input: string | Uint8Array): MetricFamily[] {
  return new TextParser(decodeText(input)).parse();
}

/** A family while its lines are still being collected. `name` is the one in the text. */
interface FamilyDraft {
  readonly name: string;
  type: MetricType | undefined;
  help: string | undefined;
  readonly samples: Sample[];
  readonly seenSeries: Set<string>;
}

class TextParser {
  readonly #cursor: Cursor;
  readonly #families = new Map<string, FamilyDraft>();
  /** The family of each sample name seen so far. */
  readonly #familyOfSample = new Map<string, FamilyDraft>();

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  parse(): MetricFamily[] {
    const cursor = this.#cursor;
    while (cursor.nextLine()) {
      cursor.skipBlanks();
      if (cursor.at === cursor.end) continue;
      if (cursor.peek() === CHAR.hash) this.#commentLine();
      else this.#sampleLine();
    }
    return [...this.#families.values()].map(finished);
  }

  #commentLine(): void {
    const cursor = this.#cursor;
    cursor.at++;
    cursor.skipBlanks();
    const end = cursor.tokenEnd(true);
    const keyword = cursor.text.slice(cursor.at, end);
    if (keyword !== 'HELP' && keyword !== 'TYPE') return;
    cursor.at = end;
    cursor.skipBlanks();
    const name = cursor.peek() === CHAR.quote ? cursor.quoted() : cursor.metricName();
    if (name === '') cursor.fail('NAME_INVALID');
    const next = cursor.peek();
    if (next !== -1 && next !== CHAR.space && next !== CHAR.tab) cursor.fail('NAME_INVALID');
    cursor.skipBlanks();
    if (keyword === 'HELP') this.#help(name, cursor.text.slice(cursor.at, cursor.end));
    else this.#type(name);
  }

  #help(name: string, text: string): void {
    const family = this.#family(name);
    const help = unescapeText(text, false);
    if (family.help !== undefined && family.help !== help) this.#cursor.fail('METADATA_CONFLICT', 'HELP');
    family.help = help;
  }

  #type(name: string): void {
    const cursor = this.#cursor;
    const end = cursor.tokenEnd(true);
    const word = cursor.text.slice(cursor.at, end).toLowerCase();
    cursor.at = end;
    cursor.skipBlanks();
    if (cursor.at < cursor.end) cursor.fail('SYNTAX', 'the end of the line');
    const type = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
    if (type === undefined) return cursor.fail('TYPE_UNKNOWN', word);
    const family = this.#family(name);
    if (family.type === type) return;
    if (family.type !== undefined) cursor.fail('METADATA_CONFLICT', 'TYPE');
    // Samples before their TYPE line would have been taken for another family's.
    for (const sample of sampleNames(name, type)) {
      if (this.#familyOfSample.has(sample)) cursor.fail('METADATA_LATE', 'TYPE');
    }
    family.type = type;
  }

  #family(name: string): FamilyDraft {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, type: undefined, help: undefined, samples: [], seenSeries: new Set() };
      this.#families.set(name, family);
    }
    return family;
  }

  #sampleLine(): void {
    const cursor = this.#cursor;
    let name = cursor.peek() === CHAR.openBrace ? '' : cursor.metricName();
    cursor.skipBlanks();
    let labels: Record<string, string> = {};
    if (cursor.peek() === CHAR.openBrace) {
      const nameInside = cursor.labels(true);
      if ((name === '') === (nameInside === undefined)) cursor.fail('NAME_INVALID');
      name = nameInside ?? name;
      labels = cursor.labelObject();
    } else {
      const before = cursor.text.charCodeAt(cursor.at - 1);
      if (before !== CHAR.space && before !== CHAR.tab) cursor.fail('SYNTAX', 'a blank before the value');
      cursor.noLabels();
    }
    const family = this.#familyOf(name);
    this.#checkLabels(family, name);
    const key =
      name === family.name ? seriesKey(cursor, undefined) : `${name}{${seriesKey(cursor, undefined)}`;
    if (family.seenSeries.has(key)) cursor.fail('SERIES_REPEATED');
    family.seenSeries.add(key);
    const value = this.#value();
    const timestamp = this.#timestamp();
    family.samples.push(
      timestamp === undefined ? { name, labels, value } : { name, labels, value, timestamp },
    );
  }

  /** The declared family that a sample name belongs to, or one of its own. */
  #familyOf(sampleName: string): FamilyDraft {
    const known = this.#familyOfSample.get(sampleName);
    if (known !== undefined) return known;
    let family: FamilyDraft | undefined;
    for (const suffix of ['_bucket', '_count', '_sum']) {
      if (!sampleName.endsWith(suffix)) continue;
      const candidate = this.#families.get(sampleName.slice(0, -suffix.length));
      const { type } = candidate ?? {};
      if (type === 'histogram' || (type === 'summary' && suffix !== '_bucket')) family = candidate;
    }
    if (family !== undefined && this.#families.get(sampleName)?.type !== undefined) {
      this.#cursor.fail('NAME_CLASH', sampleName);
    }
    family ??= this.#family(sampleName);
    if (family.type === 'histogram' && sampleName === family.name) {
      this.#cursor.fail('SAMPLE_UNEXPECTED', sampleName);
    }
    this.#familyOfSample.set(sampleName, family);
    return family;
  }

  #checkLabels(family: FamilyDraft, sampleName: string): void {
    const isBucket = family.type === 'histogram' && sampleName.endsWith('_bucket');
    const isQuantile = family.type === 'summary' && sampleName === family.name;
    if (!isBucket && !isQuantile) return;
    const cursor = this.#cursor;
    const label = isBucket ? 'le' : 'quantile';
    const text = cursor.labelValue(label);
    if (text === undefined) return cursor.fail('LABEL_MISSING', label);
    const number = parseNumber(text, 0, text.length);
    if (number === undefined) cursor.fail(isBucket ? 'BUCKET_BOUND' : 'QUANTILE_INVALID', text);
  }

  #value(): number {
    const cursor = this.#cursor;
    cursor.skipBlanks();
    const end = cursor.tokenEnd(true);
    const value = parseNumber(cursor.text, cursor.at, end);
    if (value === undefined) return cursor.fail('VALUE_INVALID', cursor.text.slice(cursor.at, end));
    cursor.at = end;
    return value;
  }

  /** Milliseconds in the text, seconds in the data model. */
  #timestamp(): number | undefined {
    const cursor = this.#cursor;
    cursor.skipBlanks();
    if (cursor.at === cursor.end) return undefined;
    const end = cursor.tokenEnd(true);
    const token = cursor.text.slice(cursor.at, end);
    if (!INTEGER.test(token)) cursor.fail('TIMESTAMP_INVALID', token);
    cursor.at = end;
    cursor.skipBlanks();
    if (cursor.at < cursor.end) cursor.fail('SYNTAX', 'the end of the line');
    return Number(token) / 1000;
  }
}

function sampleNames(name: string, type: MetricType): string[] {
  if (type === 'histogram') return [name, `${name}_bucket`, `${name}_count`, `${name}_sum`];
  return type === 'summary' ? [name, `${name}_count`, `${name}_sum`] : [name];
}

/**
 * A counter's family is named without `_total` and its samples with it, whatever
 * the text had; `exposedName` keeps the name of a counter that was exposed without.
 */
function finished(draft: FamilyDraft): MetricFamily {
  const { name, type = 'unknown', help = '', samples } = draft;
  const unit = '';
  if (type !== 'counter') return { name, type, help, unit, samples };
  const base = name.length > TOTAL.length && name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name;
  if (base !== name) return { name: base, type, help, unit, samples };
  const named = samples.map((sample) => ({ ...sample, name: name + TOTAL }));
  return { name, type, help, unit, samples: named, exposedName: name };
}
