/**
 * The text of a line before its value: name and labels. The parts that all series
 * of a family share are prepared once.
 */
import type { MetricType } from '../family.ts';
import type { LineShape } from '../instruments/lines.ts';
import type { LabelTuple } from '../series/label-values.ts';
import { isClassicLabelName, isClassicMetricName } from './escape-name.ts';
import { canonicalNumber } from './numbers.ts';

/** `text` is Prometheus 0.0.4, `openmetrics` is OpenMetrics 1.0. */
export type TextFormat = 'text' | 'openmetrics';

/** Labels that every series gets unless it has one of that name. */
export type DefaultLabels = Readonly<Record<string, string | number>>;

/** How families are to be written. */
export interface TextView {
  readonly format: TextFormat;
  readonly defaultLabels: DefaultLabels;
  /** Whether OpenMetrics gets `_created` lines. */
  readonly created: boolean;
}

/** What the heads need to know of a family. */
export interface FamilyIdentity {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly lines: readonly LineShape[];
}

/** Text for between double quotes: backslash, newline and double quote are escaped. */
export function escapeQuoted(text: string): string {
  // Hardly any value needs escaping, and looking is cheaper than replacing.
  if (!/["\\\n]/.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

/** `name="value"`, the name in quotes if it is not a classic one. */
export function labelText(name: string, value: string): string {
  const shown = isClassicLabelName(name) ? name : `"${escapeQuoted(name)}"`;
  return `${shown}="${escapeQuoted(value)}"`;
}

/** The start of a line: the name, which goes in quotes inside the braces if it is not a classic one. */
export function openLine(name: string): string {
  return isClassicMetricName(name) ? name : `{"${escapeQuoted(name)}"`;
}

/** Joins the start of a line with its labels; a space follows. */
export function closeLine(start: string, labels: string): string {
  // A quoted start has its brace already.
  if (start.startsWith('{')) return labels === '' ? `${start}} ` : `${start},${labels}} `;
  return labels === '' ? `${start} ` : `${start}{${labels}} `;
}

/** The comment lines of a family, and the names of its samples, as a format writes them. */
export class FamilyNames {
  /** The name in the comment lines. */
  readonly name: string;
  /** The name that the suffixes of lines are put to. */
  readonly sampleBase: string;

  constructor(family: { readonly name: string; readonly type: MetricType }, format: TextFormat) {
    const bare = family.type === 'counter' ? family.name.replace(/_total$/, '') : infoBase(family);
    this.name = format === 'openmetrics' ? bare : family.type === 'info' ? `${bare}_info` : family.name;
    this.sampleBase =
      format === 'openmetrics' && family.type === 'counter'
        ? `${bare}_total`
        : family.type === 'info'
          ? `${bare}_info`
          : family.name;
  }
}

function infoBase(family: { readonly name: string; readonly type: MetricType }): string {
  return family.type === 'info' ? family.name.replace(/_info$/, '') : family.name;
}

/** The HELP, TYPE and UNIT lines, each with its newline. */
export function headerText(
  family: Pick<FamilyIdentity, 'name' | 'type' | 'help' | 'unit'>,
  format: TextFormat,
): string {
  const bare = new FamilyNames(family, format).name;
  const name = isClassicMetricName(bare) ? bare : `"${escapeQuoted(bare)}"`;
  const escapedHelp = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  if (format === 'text') return `# HELP ${name} ${escapedHelp}\n# TYPE ${name} ${classicType(family.type)}\n`;
  // OpenMetrics has double quotes escaped here too; the classic format must not.
  const help = escapedHelp.replaceAll('"', '\\"');
  const unit = family.unit === '' ? '' : `# UNIT ${name} ${family.unit}\n`;
  return `# HELP ${name} ${help}\n# TYPE ${name} ${family.type}\n${unit}`;
}

/** The classic format has no info, state set or gauge histogram; it takes them as gauges and untyped. */
function classicType(type: MetricType): string {
  if (type === 'info' || type === 'stateset') return 'gauge';
  return type === 'gaugehistogram' || type === 'unknown' ? 'untyped' : type;
}

/** Whether the series of a type tell when they began. */
export function isTimed(type: MetricType): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

/**
 * The lines of a family that a format can have. In OpenMetrics a histogram with
 * negative bounds has neither sum nor count, since they would not be counters.
 */
export function shownLines(family: Pick<FamilyIdentity, 'type' | 'lines'>, format: TextFormat): number[] {
  const all = family.lines.map((_line, index) => index);
  const negative = family.lines.some(({ label }) => label?.name === 'le' && Number(label.value) < 0);
  if (format === 'text' || family.type !== 'histogram' || !negative) return all;
  return all.filter((index) => family.lines[index]!.suffix === '_bucket');
}

/** The heads of the lines of one family. */
export class LineHeads {
  /** The lines to write, as indices into the family's. */
  readonly shown: readonly number[];
  readonly #view: TextView;
  readonly #labelNames: readonly string[];
  readonly #defaultsFirst: boolean;
  readonly #starts: readonly string[];
  readonly #labels: readonly string[];
  readonly #createdStart: string | undefined;

  constructor(family: FamilyIdentity, view: TextView) {
    this.#view = view;
    this.shown = shownLines(family, view.format);
    this.#labelNames = family.labelNames;
    // The order in which prom-client writes them.
    this.#defaultsFirst = family.type === 'histogram';
    const { sampleBase, name } = new FamilyNames(family, view.format);
    this.#starts = family.lines.map((line) => openLine(sampleBase + line.suffix));
    this.#labels = family.lines.map(({ label }) =>
      label === undefined ? '' : labelText(label.name, lineLabelValue(label.value, view.format)),
    );
    if (view.format === 'openmetrics' && view.created && isTimed(family.type)) {
      this.#createdStart = openLine(`${name}_created`);
    }
  }

  /** The labels that all lines of a series share. */
  shared(labelValues: LabelTuple): string {
    const { defaultLabels } = this.#view;
    let own = '';
    labelValues.forEach((value, index) => {
      if (value !== undefined) own += `${own === '' ? '' : ','}${labelText(this.#labelNames[index]!, value)}`;
    });
    let defaults = '';
    for (const name in defaultLabels) {
      const index = this.#labelNames.indexOf(name);
      if (index >= 0 && labelValues[index] !== undefined) continue;
      defaults += `${defaults === '' ? '' : ','}${labelText(name, String(defaultLabels[name]))}`;
    }
    if (own === '' || defaults === '') return own + defaults;
    return this.#defaultsFirst ? `${defaults},${own}` : `${own},${defaults}`;
  }

  /** The text of a line before its value. */
  head(line: number, shared: string): string {
    const label = this.#labels[line]!;
    return closeLine(
      this.#starts[line]!,
      label === '' || shared === '' ? label + shared : `${label},${shared}`,
    );
  }

  /** The `_created` line of a series; nothing if the format has none. */
  created(shared: string, createdMs: number): string {
    const start = this.#createdStart;
    return start === undefined ? '' : `${closeLine(start, shared)}${createdMs / 1000}\n`;
  }
}

/** Bounds and quantiles: as prom-client writes them in text, canonical in OpenMetrics. */
function lineLabelValue(value: string | number, format: TextFormat): string {
  if (typeof value === 'string') return value;
  return format === 'openmetrics' ? canonicalNumber(value) : String(value);
}
