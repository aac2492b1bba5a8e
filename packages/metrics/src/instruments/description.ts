/** What a metric says of itself for its whole life, checked once when it is made. */
import { MetricsError } from '../errors.ts';
import type { MetricType } from '../family.ts';
import { type NameValidation, requireLabelNames, requireMetricName } from '../names.ts';
import { AGGREGATORS, type Aggregator, type MetricConfiguration } from './configuration.ts';
import type { LineShape } from './lines.ts';

/** What a kind of instrument says of itself. */
export interface InstrumentKind {
  readonly type: MetricType;
  /** Doubles per series. */
  readonly slots: number;
  /** The lines that each series is exposed as. */
  readonly lines: readonly LineShape[];
  /** Label names that the exposition needs for itself. */
  readonly reservedLabels?: readonly string[];
  /** Whether the slots are all there is to a series, so that threads can share it; true if left out. */
  readonly plain?: boolean;
  /** The aggregator if the configuration names none. */
  readonly aggregator?: Aggregator;
}

/** The unchanging part of a metric. */
export interface Description<T extends string> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly labelNames: readonly T[];
  readonly aggregator: Aggregator;
  readonly enableExemplars: boolean;
  readonly requireAllLabels: boolean;
}

/** The description of a configuration. Throws a MetricsError for anything that is not right in it. */
export function describe<T extends string>(
  config: MetricConfiguration<T, never>,
  kind: InstrumentKind,
  validation: NameValidation,
): Description<T> {
  if (!config.name) throw new MetricsError('NAME_MISSING');
  if (!config.help) throw new MetricsError('HELP_MISSING', { name: config.name });
  const { name, help, unit = '', aggregator = kind.aggregator ?? 'sum' } = config;
  const { type } = kind;
  requireMetricName(name, validation);
  const labelNames = Object.freeze([...(config.labelNames ?? config.labels ?? [])]);
  requireLabelNames({ name, type }, labelNames, validation, kind.reservedLabels);
  const base = type === 'counter' ? name.replace(/_total$/, '') : name;
  if (unit !== '' && !base.endsWith(`_${unit}`)) throw new MetricsError('UNIT_INVALID', { name, unit });
  if (!AGGREGATORS.includes(aggregator)) {
    throw new MetricsError('AGGREGATOR_INVALID', { name, aggregator, known: AGGREGATORS });
  }
  if (config.collect !== undefined && typeof config.collect !== 'function') {
    throw new MetricsError('COLLECT_INVALID', { name });
  }
  const { enableExemplars = false, requireAllLabels = false } = config;
  return { name, help, type, unit, labelNames, aggregator, enableExemplars, requireAllLabels };
}
