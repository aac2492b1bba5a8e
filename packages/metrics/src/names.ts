/**
 * Which names a metric and its labels may have. The classic rules are the default,
 * since every tool in the field understands them; any UTF-8 text is accepted where
 * that is asked for, as Prometheus 3 does.
 */
import { MetricsError } from './errors.ts';

/** `legacy` is the classic character set, `utf8` any non-empty well-formed text. */
export type NameValidation = 'legacy' | 'utf8';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether `name` is a metric name under the classic rules (as prom-client's function of that name). */
export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Whether `name` is a label name under the classic rules. Names that begin with `__` are Prometheus's own. */
export function validateLabelName(name: string): boolean {
  return LABEL_NAME.test(name) && !name.startsWith('__');
}

/** Throws NAME_INVALID unless `name` may be the name of a metric. */
export function requireMetricName(name: string, validation: NameValidation): void {
  const valid = validation === 'utf8' ? isText(name) : METRIC_NAME.test(name);
  if (!valid) throw new MetricsError('NAME_INVALID', { name });
}

/** Throws unless each label name is valid, not reserved by the type, and there once. */
export function requireLabelNames(
  metric: { readonly name: string; readonly type: string },
  labelNames: readonly string[],
  validation: NameValidation,
  reserved: readonly string[] = [],
): void {
  const seen = new Set<string>();
  for (const label of labelNames) {
    const valid =
      typeof label === 'string' && (validation === 'utf8' ? isText(label) : LABEL_NAME.test(label));
    if (!valid || label.startsWith('__'))
      throw new MetricsError('LABEL_NAME_INVALID', { name: metric.name, label });
    if (reserved.includes(label)) {
      throw new MetricsError('LABEL_NAME_RESERVED', { name: metric.name, type: metric.type, label });
    }
    if (seen.has(label)) throw new MetricsError('LABEL_NAME_DUPLICATE', { name: metric.name, label });
    seen.add(label);
  }
}

function isText(name: string): boolean {
  return name.length > 0 && name.isWellFormed();
}
