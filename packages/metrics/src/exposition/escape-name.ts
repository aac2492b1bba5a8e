/**
 * Which names stand as they are in every format, and the schemes by which others
 * can be made to. The text writers put other names in quotes; who negotiated a
 * scheme escapes the families before they are written.
 */

/** `allow-utf-8` leaves names as they are; the others turn them into classic names. */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

const CLASSIC_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const CLASSIC_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a metric's name needs no quotes. */
export function isClassicMetricName(name: string): boolean {
  return CLASSIC_METRIC.test(name);
}

/** Whether a label's name needs no quotes. */
export function isClassicLabelName(name: string): boolean {
  return CLASSIC_LABEL.test(name);
}
