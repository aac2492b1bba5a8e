/**
 * How names stand in a text exposition: plain where the classic rules allow it,
 * in double quotes otherwise, with a quoted metric name inside the braces.
 */

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a metric name can stand without quotes in every format. */
export function isPlainMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Whether a label name can stand without quotes in every format. */
export function isPlainLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** A text in double quotes, with backslash, newline and quote escaped. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
}

/** A metric name as a TYPE, UNIT or HELP line has it. */
export function writeMetricName(name: string): string {
  return isPlainMetricName(name) ? name : quote(name);
}

/** Labels without braces; empty if there are none. */
export function writeLabelPairs(labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name of Object.keys(labels)) {
    if (text !== '') text += ',';
    text += `${isPlainLabelName(name) ? name : quote(name)}=${quote(labels[name]!)}`;
  }
  return text;
}

/** A metric name with its labels as a sample line begins: `a{b="c"}`, or `{"a.b",c="d"}`. */
export function writeSeries(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = writeLabelPairs(labels);
  if (isPlainMetricName(name)) return pairs === '' ? name : `${name}{${pairs}}`;
  return pairs === '' ? `{${quote(name)}}` : `{${quote(name)},${pairs}}`;
}
