/**
 * Writes families of the data model as text: Prometheus 0.0.4 or OpenMetrics 1.0.
 * This is the plain writer, for families from anywhere; a registry's own metrics
 * go through the incremental one.
 */
import type { Exemplar, MetricFamily, MetricType, Sample } from '../family.ts';

/** `text` is Prometheus 0.0.4, `openmetrics` is OpenMetrics 1.0. */
export type TextFormat = 'text' | 'openmetrics';

/** The families as text, with `# EOF` at the end where the format wants it. */
export function writeText(families: readonly MetricFamily[], format: TextFormat): string {
  const blocks = families.map((family) => writeFamily(family, format).join('\n'));
  if (format === 'openmetrics') return `${blocks.map((block) => `${block}\n`).join('')}# EOF\n`;
  return `${blocks.join('\n\n')}\n`;
}

function writeFamily(family: MetricFamily, format: TextFormat): string[] {
  const open = format === 'openmetrics';
  const name = open ? family.name : classicName(family);
  const lines = [
    `# HELP ${name} ${open ? escapeLabelValue(family.help) : escapeHelp(family.help)}`,
    `# TYPE ${name} ${open ? family.type : classicType(family.type)}`,
  ];
  if (open && family.unit !== '') lines.push(`# UNIT ${name} ${family.unit}`);
  for (const sample of family.samples) lines.push(writeSample(family, sample, open));
  return lines;
}

function writeSample(family: MetricFamily, sample: Sample, open: boolean): string {
  const name = !open && family.exposedName !== undefined ? family.exposedName : sample.name;
  let line = `${name}${writeLabels(sample.labels)} ${writeNumber(sample.value)}`;
  if (sample.timestamp !== undefined) {
    line += ` ${open ? sample.timestamp : Math.round(sample.timestamp * 1000)}`;
  }
  if (open && sample.exemplar !== undefined) line += writeExemplar(sample.exemplar);
  return line;
}

/** The exemplar of a line, with the ` # ` before it. */
export function writeExemplar(exemplar: Exemplar): string {
  const timestamp = exemplar.timestamp === undefined ? '' : ` ${exemplar.timestamp}`;
  return ` # ${writeLabels(exemplar.labels) || '{}'} ${writeNumber(exemplar.value)}${timestamp}`;
}

/** Labels in braces; nothing if there are none. */
export function writeLabels(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabelValue(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** A number as both formats write it. */
export function writeNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/** Help text of the classic format: backslash and newline are escaped. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** A label value, or the help text of OpenMetrics: double quotes are escaped too. */
export function escapeLabelValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** The name in the classic format, where a counter's family is named as its samples are. */
function classicName(family: MetricFamily): string {
  if (family.exposedName !== undefined) return family.exposedName;
  if (family.type === 'counter') return `${family.name}_total`;
  return family.type === 'info' ? `${family.name}_info` : family.name;
}

/** The classic format has no info, state set or gauge histogram; Prometheus takes them as gauges and untyped. */
function classicType(type: MetricType): string {
  if (type === 'info' || type === 'stateset') return 'gauge';
  return type === 'gaugehistogram' || type === 'unknown' ? 'untyped' : type;
}
