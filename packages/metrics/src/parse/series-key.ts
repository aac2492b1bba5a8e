/**
 * One string for each label set, whatever the order and spelling of its labels in
 * the text. Two label sets have the same key exactly if they are the same series.
 */
import type { Cursor } from './cursor.ts';

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The key of the labels that the cursor read last, leaving out the label `except`.
 * Labels with an empty value count as absent. If the text is already in the key's
 * own form, which is usual, the key is a slice of it.
 */
export function seriesKey(cursor: Cursor, except: string | undefined): string {
  const { labelNames, labelCount } = cursor;
  if (labelCount === 0) return '';
  if (!cursor.labelsCanonical) return rebuilt(cursor, except);
  let exceptAt = -1;
  let previous = '';
  for (let i = 0; i < labelCount; i++) {
    const name = labelNames[i]!;
    if (name === except) exceptAt = i;
    else if (name < previous) return rebuilt(cursor, except);
    else previous = name;
  }
  const { text, labelsStart, labelsEnd } = cursor;
  if (exceptAt === -1) return text.slice(labelsStart, labelsEnd);
  if (labelCount === 1) return '';
  // Name, equals sign, quotes and one comma: there are no escapes in a canonical label set.
  const length = labelNames[exceptAt]!.length + cursor.labelValues[exceptAt]!.length + 4;
  if (exceptAt === labelCount - 1) return text.slice(labelsStart, labelsEnd - length);
  if (exceptAt === 0) return text.slice(labelsStart + length, labelsEnd);
  return rebuilt(cursor, except);
}

function rebuilt(cursor: Cursor, except: string | undefined): string {
  const labels: [name: string, value: string][] = [];
  for (let i = 0; i < cursor.labelCount; i++) {
    const name = cursor.labelNames[i]!;
    const value = cursor.labelValues[i]!;
    if (name !== except && value !== '') labels.push([name, value]);
  }
  labels.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return labels
    .map(([name, value]) => `${PLAIN_NAME.test(name) ? name : `"${escape(name)}"`}="${escape(value)}"`)
    .join(',');
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
