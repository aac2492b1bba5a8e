/**
 * Writes families of the data model as text: Prometheus 0.0.4 or OpenMetrics 1.0.
 * This is the plain writer, for families from anywhere; a registry's own metrics
 * are kept as text from scrape to scrape.
 */
import type { MetricFamily, Sample } from '../family.ts';
import { exemplarText } from './exemplar-text.ts';
import { closeLine, headerText, isTimed, labelText, openLine, type TextFormat } from './line-heads.ts';
import { numberText } from './numbers.ts';

export type { TextFormat } from './line-heads.ts';

/** The families as text, with `# EOF` at the end where the format wants it. */
export function writeText(families: readonly MetricFamily[], format: TextFormat): string {
  const texts = families.map((family) => {
    let text = headerText(headerIdentity(family, format), format);
    const left = leftOut(family, format);
    for (const sample of family.samples)
      if (!left.has(sample.name)) text += sampleLine(family, sample, format);
    return text;
  });
  // prom-client sets an empty line between the families of the classic format.
  return format === 'openmetrics' ? `${texts.join('')}# EOF\n` : texts.join('\n') || '\n';
}

/** One line with its newline. */
function sampleLine(family: MetricFamily, sample: Sample, format: TextFormat): string {
  const open = format === 'openmetrics';
  const name = !open && family.exposedName !== undefined ? family.exposedName : sample.name;
  const labels = Object.entries(sample.labels).map(([label, value]) => labelText(label, value));
  let line = closeLine(openLine(name), labels.join(',')) + numberText(sample.value);
  if (sample.timestamp !== undefined) {
    line += ` ${numberText(open ? sample.timestamp : Math.round(sample.timestamp * 1000))}`;
  }
  if (open && sample.exemplar !== undefined) line += exemplarText(sample.exemplar);
  return `${line}\n`;
}

/**
 * The names of samples that a format does not have. The classic one cannot say when
 * a series began. In OpenMetrics a histogram with negative bounds has neither sum
 * nor count, since they would not be counters.
 */
function leftOut({ name, type, samples }: MetricFamily, format: TextFormat): ReadonlySet<string> {
  if (format === 'text') return new Set(isTimed(type) ? [`${name}_created`] : []);
  const negative = type === 'histogram' && samples.some(({ labels }) => Number(labels['le']) < 0);
  return new Set(negative ? [`${name}_sum`, `${name}_count`] : []);
}

/** The family with the name under which the header rules expect it: as an instrument declares it. */
function headerIdentity(family: MetricFamily, format: TextFormat): MetricFamily {
  if (format === 'openmetrics' || family.type !== 'counter') return family;
  return { ...family, name: family.exposedName ?? `${family.name}_total` };
}
