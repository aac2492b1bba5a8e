/**
 * The metrics of OTLP as plain data, before they are written as protobuf or JSON or
 * handed to an OpenTelemetry SDK. Times are in nanoseconds since the epoch.
 *
 * Source: opentelemetry-proto, `opentelemetry/proto/metrics/v1/metrics.proto`.
 */
import type { Exemplar } from '../../family.ts';

/** Whether a point counts from the start of the series or from the point before. */
export type Temporality = 'cumulative' | 'delta';

interface DataPoint {
  readonly attributes: Readonly<Record<string, string>>;
  readonly startTimeNanos: bigint | undefined;
  readonly timeNanos: bigint;
  readonly exemplars: readonly Exemplar[];
}

/** A point of a gauge or sum. */
export interface NumberPoint extends DataPoint {
  readonly value: number;
}

/** A point of a histogram with explicit bounds. There is one count more than bounds. */
export interface HistogramPoint extends DataPoint {
  readonly count: number;
  readonly sum: number | undefined;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** The buckets of one sign: `counts[i]` has the index `offset + i`. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/**
 * A point of an exponential histogram. The bucket with index i holds
 * (base^i, base^(i+1)], so indices are one less than those of Prometheus.
 */
export interface ExponentialPoint extends DataPoint {
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

/** A point of a summary, which is always cumulative. */
export interface SummaryPoint extends DataPoint {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

interface Descriptor {
  readonly name: string;
  readonly description: string;
  /** A UCUM unit where the family's unit has one. */
  readonly unit: string;
}

/** One metric with its points. */
export type OtlpMetric = Descriptor &
  (
    | { readonly kind: 'gauge'; readonly points: NumberPoint[] }
    | { readonly kind: 'sum'; readonly temporality: Temporality; readonly points: NumberPoint[] }
    | { readonly kind: 'histogram'; readonly temporality: Temporality; readonly points: HistogramPoint[] }
    | { readonly kind: 'exponential'; readonly temporality: Temporality; readonly points: ExponentialPoint[] }
    | { readonly kind: 'summary'; readonly points: SummaryPoint[] }
  );

/** Units that OpenTelemetry writes by UCUM; others are passed on as they are. */
const UCUM: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  meters: 'm',
  grams: 'g',
  joules: 'J',
  volts: 'V',
  amperes: 'A',
  celsius: 'Cel',
};

/** The unit of a family as OpenTelemetry writes it. */
export function ucumUnit(unit: string): string {
  return Object.hasOwn(UCUM, unit) ? UCUM[unit]! : unit;
}

/** Seconds since the epoch as nanoseconds, exact to the microsecond as doubles of this size are. */
export function nanosOf(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}

/** A count as OTLP can carry it: whole and not negative. Other formats allow fractions. */
export function wholeCount(count: number): number {
  return Number.isFinite(count) && count > 0 ? Math.round(count) : 0;
}
