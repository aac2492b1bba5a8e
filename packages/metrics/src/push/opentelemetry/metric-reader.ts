/**
 * The other direction: a MetricReader for an OpenTelemetry MeterProvider whose
 * metrics come out as families, to be exposed or pushed beside a registry's own.
 *
 * Source of the names: OpenTelemetry, "Prometheus and OpenMetrics Compatibility".
 */
import type { BucketSpan, MetricFamily, NativeSample, Sample } from '../../family.ts';
import { encodeSpans } from '../../native/spans.ts';
import { familyNames, labelsOf } from './prometheus-names.ts';
import {
  AGGREGATION_DEFAULT,
  AGGREGATION_TEMPORALITY,
  DATA_POINT_TYPE,
  type HrTime,
  type SdkAttributes,
  type SdkCollectionResult,
  type SdkDataPoint,
  type SdkExponentialHistogram,
  type SdkHistogram,
  type SdkMetric,
  type SdkMetricProducer,
} from './sdk-shapes.ts';

/** How the reader is set up. */
export interface MetricReaderOptions {
  /** How many attribute sets the SDK keeps for each instrument. Default 2000. */
  readonly cardinalityLimit?: number;
  /** Told of errors that instruments had while they were collected, and of metrics that had to be left out. */
  readonly onError?: (error: unknown) => void;
}

/** A reader to be put among the `readers` of a MeterProvider. Temporality is cumulative. */
export class BellwetherMetricReader {
  readonly #options: MetricReaderOptions;
  #producer: SdkMetricProducer | undefined;
  #isShutDown = false;

  constructor(options: MetricReaderOptions = {}) {
    this.#options = options;
  }

  /** Called once by the SDK. Throws if it is called again, as the SDK demands. */
  setMetricProducer(producer: SdkMetricProducer): void {
    if (this.#producer !== undefined) throw new Error('A MetricReader can belong to one MeterProvider only.');
    this.#producer = producer;
  }

  /** Leaves the aggregation to the SDK and its views. */
  selectAggregation(_instrumentType: string): { type: typeof AGGREGATION_DEFAULT } {
    return { type: AGGREGATION_DEFAULT };
  }

  /** Cumulative, which is what Prometheus expects. */
  selectAggregationTemporality(_instrumentType: string): typeof AGGREGATION_TEMPORALITY.cumulative {
    return AGGREGATION_TEMPORALITY.cumulative;
  }

  /** The limit of the options. */
  selectCardinalityLimit(_instrumentType: string): number {
    return this.#options.cardinalityLimit ?? 2000;
  }

  /** Collects in the form of the SDK. Throws before the reader belongs to a MeterProvider and after shutdown. */
  async collect(options?: { timeoutMillis?: number }): Promise<SdkCollectionResult> {
    if (this.#producer === undefined) throw new Error('The MetricReader belongs to no MeterProvider yet.');
    if (this.#isShutDown) throw new Error('The MetricReader has been shut down.');
    return this.#producer.collect(options);
  }

  /** Nothing is buffered here. */
  async forceFlush(): Promise<void> {}

  /** No more metrics come out after this. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
  }

  /** The metrics as families; none after shutdown. */
  async families(): Promise<MetricFamily[]> {
    if (this.#isShutDown) return [];
    const { resourceMetrics, errors } = await this.collect();
    for (const error of errors) this.#options.onError?.(error);
    const families = new Map<string, MetricFamily>();
    const target = targetInfo(resourceMetrics.resource.attributes);
    if (target !== undefined) families.set(target.name, target);
    for (const { scope, metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) this.#add(families, familyOf(metric, scope.name));
    }
    return [...families.values()];
  }

  /** Instruments of one name in two scopes share a family, which needs them to be of one type. */
  #add(families: Map<string, MetricFamily>, family: MetricFamily): void {
    const present = families.get(family.name);
    if (present === undefined) families.set(family.name, family);
    else if (present.type === family.type) {
      const samples = [...present.samples, ...family.samples];
      const native = [...(present.native ?? []), ...(family.native ?? [])];
      families.set(family.name, { ...present, samples, native });
    } else {
      const types = `${present.type} and ${family.type}`;
      this.#options.onError?.(
        new Error(`Two instruments named ${family.name} are a ${types}; the second is left out.`),
      );
    }
  }
}

/** The attributes of the resource, as the info metric that Prometheus joins them from. */
function targetInfo(attributes: SdkAttributes): MetricFamily | undefined {
  const labels = labelsOf(attributes, '');
  if (Object.keys(labels).length === 0) return undefined;
  const samples = [{ name: 'target_info', labels, value: 1 }];
  return { name: 'target', type: 'info', help: 'Target metadata', unit: '', samples };
}

function familyOf(metric: SdkMetric, scopeName: string): MetricFamily {
  const isCounter = metric.dataPointType === DATA_POINT_TYPE.sum && metric.isMonotonic;
  const { name, unit } = familyNames(metric.descriptor, metric.dataPointType === DATA_POINT_TYPE.gauge);
  const help = metric.descriptor.description;
  if (metric.dataPointType === DATA_POINT_TYPE.histogram) {
    const samples = metric.dataPoints.flatMap((point) => histogramSamples(name, point, scopeName));
    return { name, type: 'histogram', help, unit, samples };
  }
  if (metric.dataPointType === DATA_POINT_TYPE.exponentialHistogram) {
    const native = metric.dataPoints.map((point) => nativeSample(point, scopeName));
    return { name, type: 'histogram', help, unit, samples: [], native };
  }
  const samples: Sample[] = metric.dataPoints.flatMap((point) => {
    const labels = labelsOf(point.attributes, scopeName);
    if (!isCounter) return [{ name, labels, value: point.value }];
    const created = { name: `${name}_created`, labels, value: secondsOf(point.startTime) };
    return [{ name: `${name}_total`, labels, value: point.value }, created];
  });
  return { name, type: isCounter ? 'counter' : 'gauge', help, unit, samples };
}

function histogramSamples(name: string, point: SdkDataPoint<SdkHistogram>, scopeName: string): Sample[] {
  const labels = labelsOf(point.attributes, scopeName);
  const { buckets, count, sum } = point.value;
  let below = 0;
  const samples = buckets.boundaries.map((bound, i): Sample => {
    below += buckets.counts[i] ?? 0;
    return { name: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value: below };
  });
  samples.push({ name: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
  if (sum !== undefined) {
    samples.push(
      { name: `${name}_sum`, labels, value: sum },
      { name: `${name}_count`, labels, value: count },
    );
  }
  samples.push({ name: `${name}_created`, labels, value: secondsOf(point.startTime) });
  return samples;
}

/** Prometheus's buckets have an index that is one higher, and a scale above 8 is merged down to it. */
function nativeSample(point: SdkDataPoint<SdkExponentialHistogram>, scopeName: string): NativeSample {
  const { count, sum = Number.NaN, scale, zeroCount, positive, negative } = point.value;
  const schema = Math.min(8, scale);
  const side = ({
    offset,
    bucketCounts,
  }: SdkExponentialHistogram['positive']): { spans: BucketSpan[]; deltas: number[] } => {
    const counts = new Map<number, number>();
    bucketCounts.forEach((bucket, i) => {
      const index = ((offset + i) >> (scale - schema)) + 1;
      if (bucket > 0) counts.set(index, (counts.get(index) ?? 0) + bucket);
    });
    return encodeSpans([...counts].toSorted((a, b) => a[0] - b[0]));
  };
  const positiveSide = side(positive);
  const negativeSide = side(negative);
  return {
    labels: labelsOf(point.attributes, scopeName),
    createdTimestamp: secondsOf(point.startTime),
    count,
    sum,
    schema,
    zeroThreshold: 0,
    zeroCount,
    positiveSpans: positiveSide.spans,
    positiveDeltas: positiveSide.deltas,
    negativeSpans: negativeSide.spans,
    negativeDeltas: negativeSide.deltas,
  };
}

function secondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9;
}
