/**
 * Takes OTLP metrics in as samples. A series and an instant are the identity of a
 * sample, so a request that is sent again changes no answer.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../../clock.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ActiveSeries } from '../../samples/active-series.ts';
import { faultOf, type Labels, type Sample, type SampleSource, sourceText } from '../../samples/sample.ts';
import { sampleSubmission } from '../../samples/sample-lines.ts';
import { withTenant } from '../../samples/tenant-label.ts';
import { type PackedBody, unpackBody } from '../decode-body.ts';
import { type IngestLimits, refuseRows } from '../ingest.ts';
import { otlpEncodingOf, type PartialSuccess } from './answers.ts';
import type { Attributes } from './attributes.ts';
import { givenFields, place } from './concepts.ts';
import type { OtlpMetric, OtlpPoint } from './metric.ts';
import { labelsOf, metricName } from './metric-names.ts';
import { isWhole, kindOfMetric, samplesOf } from './metric-samples.ts';
import { decodeMetricsJson } from './metrics-json.ts';
import { decodeMetricsProtobuf } from './metrics-protobuf.ts';
import { MalformedOtlp } from './wire.ts';

/** Samples of one request: a point of a histogram is some ten of them. */
const SAMPLES_MAX = 200_000;
/** The name of a source at most. */
const SOURCE_LENGTH_MAX = 256;
/** Where the tenant is among the values of a resource. */
const TENANT_PLACE = givenFields.find(({ field }) => field === 'tenant')?.place ?? -1;

/** A point that was stored, for whoever shows the latest of each series. */
export interface TakenPoint {
  readonly source: SampleSource;
  readonly name: string;
  readonly labels: Labels;
  readonly metric: OtlpMetric;
  readonly point: OtlpPoint;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

export interface MetricIngestOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: IngestLimits;
  readonly series: ActiveSeries;
  /** How old a sample may be, in milliseconds: one past its retention would only be removed again. */
  readonly ageMaxMs: number;
  /** Called after each request that was stored. */
  readonly onSamples: (counts: SampleCounts, points: readonly TakenPoint[]) => void;
}

/** What became of the points of a request. */
export interface SampleCounts {
  /** Samples that are on disk now; a point may be several. */
  readonly stored: number;
  /** Points of series beyond what their source may have. */
  readonly overflow: number;
  /** Points that were not valid. */
  readonly rejected: number;
}

/** When a request came, and for whom its sender may write. */
interface Arrival {
  readonly nowMs: number;
  readonly tenant: string | null;
}

/** Where a metric is from. */
interface Origin extends Arrival {
  readonly source: SampleSource;
  /** The tenant that its resource names. */
  readonly named: string;
}

/** What was read of one request. */
interface Read {
  readonly samples: Map<string, Sample[]>;
  readonly points: TakenPoint[];
  count: number;
  overflow: number;
  rejected: number;
  message: string;
}

export class MetricIngest {
  readonly #options: MetricIngestOptions;

  constructor(options: MetricIngestOptions) {
    this.#options = options;
  }

  /**
   * Stores the points of a request.
   *
   * @returns what was not stored.
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: PackedBody): Promise<PartialSuccess> {
    const { journal, limits, clock, onSamples } = this.#options;
    const encoding = otlpEncodingOf(request.contentType);
    const body = await unpackBody(request, limits.decodedBytesMax);
    const arrivedMs = clock.nowMs();
    const decode = encoding === 'json' ? decodeMetricsJson : decodeMetricsProtobuf;
    const read = this.#read(body, decode, { nowMs: arrivedMs, tenant: request.tenant });
    // One group of the journal: they are acknowledged together, and a part that is stored twice changes nothing.
    await Promise.all(
      [...read.samples].map(([source, samples]) =>
        journal.append(sampleSubmission(journal, source, samples, arrivedMs)).catch(refuseRows),
      ),
    );
    const { count: stored, overflow, rejected } = read;
    onSamples({ stored, overflow, rejected }, read.points);
    return { rejected: overflow + rejected, message: read.message };
  }

  #read(body: Buffer, decode: typeof decodeMetricsProtobuf, arrival: Arrival): Read {
    const read: Read = { samples: new Map(), points: [], count: 0, overflow: 0, rejected: 0, message: '' };
    try {
      decode(body, (metric, resource) =>
        this.#take(metric, { ...arrival, source: sourceOf(resource), named: tenantOf(resource) }, read),
      );
    } catch (error) {
      if (!(error instanceof MalformedOtlp)) throw error;
      const message = `This is no OTLP request: ${error.message}`;
      throw new BellwetherError('invalid_otlp', message, {}, { cause: error });
    }
    return read;
  }

  #take(metric: OtlpMetric, { source, named, tenant, nowMs }: Origin, read: Read): void {
    const { limits, series, ageMaxMs } = this.#options;
    const name = metricName(metric);
    const kind = kindOfMetric(metric);
    const from = sourceText(source);
    const reject = (reason: string): void => {
      read.rejected += 1;
      if (read.message === '') read.message = `Points could not be stored: ${reason}.`;
    };
    const needsTemporality = metric.kind !== 'gauge' && metric.kind !== 'summary';
    for (const point of metric.points) {
      const timestampMs = point.timeNanos === 0n ? nowMs : Number(point.timeNanos / 1_000_000n);
      const labels = withTenant(labelsOf(point.attributes), tenant, named);
      const fault = labels === null ? 'the token is for another tenant' : faultOf({ name, labels });
      if (fault !== null || labels === null) reject(fault ?? '');
      else if (needsTemporality && metric.temporality === 'unspecified')
        reject('a metric has no aggregation temporality');
      else if (timestampMs > nowMs + limits.futureToleranceMs) reject('a point is of the future');
      else if (timestampMs < nowMs - ageMaxMs) reject('a point is older than samples are kept');
      else if (!isWhole(point)) reject('the buckets of a histogram do not fit its bounds');
      else if (!series.admit(budgetOf(from, tenant), name, JSON.stringify(labels), nowMs)) {
        read.overflow += 1;
        if (read.message === '') read.message = 'The source has more series than are kept of one.';
      } else {
        // What is shown to scrapers is of all tenants, and who sends for one has no say in it.
        if (tenant === null) read.points.push({ source, name, labels, metric, point, timestampMs });
        if (!point.isGap) this.#add(from, samplesOf(name, kind, labels, point, timestampMs), read);
      }
    }
  }

  #add(source: string, samples: readonly Sample[], read: Read): void {
    read.count += samples.length;
    if (read.count > SAMPLES_MAX)
      throw new BellwetherError('too_many_events', `The body holds more than ${SAMPLES_MAX} samples.`);
    const list = read.samples.get(source);
    if (list === undefined) read.samples.set(source, [...samples]);
    else list.push(...samples);
  }
}

/** The source that series are counted by: those of a tenant take no room from others that call themselves the same. */
function budgetOf(source: string, tenant: string | null): string {
  return tenant === null ? source : `${tenant}\0${source}`;
}

/** The tenant that a resource names; empty for none. */
function tenantOf({ values }: Attributes): string {
  return String(values[TENANT_PLACE] ?? '');
}

/** Where a resource's metrics are from, as Prometheus has it: job and instance. */
function sourceOf({ values }: Attributes): SampleSource {
  const text = (index: number): string => String(values[index] ?? '');
  const [service, namespace] = [text(place.application), text(place.serviceNamespace)];
  const job = namespace === '' ? service || 'unknown_service' : `${namespace}/${service}`;
  const instance = text(place.serviceInstance);
  if (job.length + instance.length >= SOURCE_LENGTH_MAX)
    throw new MalformedOtlp(`The name of a service is longer than ${SOURCE_LENGTH_MAX} characters.`);
  return { job, instance };
}
