/**
 * Holds together what OpenMetrics 1.0 says of the samples of one metric: that they
 * stand next to each other, that their timestamps rise, that no sample occurs
 * twice, and that a histogram's buckets, count and sum agree.
 */
import type { MetricType } from '../family.ts';
import type { Cursor } from './cursor.ts';
import { compareReals } from './number.ts';
import { bucketBound, checkValue, distinguishingLabel, quantileRank, type Role } from './rules.ts';
import { seriesKey } from './series-key.ts';

/** One sample as the line gave it. */
export interface SampleFacts {
  readonly role: Role;
  readonly value: number;
  readonly timestamp: number | undefined;
  /** The timestamp as written, since doubles do not hold every digit of it. */
  readonly timestampText: string | undefined;
}

/** The checks across the samples of one family. Feed every sample in order, then call `finish`. */
export class MetricGroups {
  readonly #type: MetricType;
  readonly #familyName: string;
  readonly #seenMetrics = new Set<string>();
  #metric: string | undefined;
  #timestamp: number | undefined;
  #timestampText: string | undefined;
  #seenRoles = new Set<Role>();
  /** Quantiles or states of the current point. */
  #seenValues = new Set<number | string>();
  #bound: number | undefined;
  #bucketCount = 0;
  #hasNegativeBucket = false;
  #count = 0;
  #gsum = 0;
  /** The line of the last sample, which is where a metric that lacks something ended. */
  #lastLine = 0;

  constructor(type: MetricType, familyName: string) {
    this.#type = type;
    this.#familyName = familyName;
  }

  /** Checks one sample whose labels the cursor has just read; gives back its bucket bound, if it has one. */
  add(cursor: Cursor, facts: SampleFacts): number | undefined {
    const { role } = facts;
    checkValue(cursor, role, facts.value);
    const label = distinguishingLabel(role, this.#familyName);
    if (label === undefined) this.#refuseReservedLabel(cursor);
    const metric = seriesKey(cursor, label);
    if (metric === this.#metric) this.#sameMetric(cursor, facts);
    else {
      this.finish(cursor);
      if (this.#seenMetrics.has(metric)) cursor.fail('SERIES_INTERLEAVED');
      this.#seenMetrics.add(metric);
      this.#metric = metric;
      this.#startPoint(facts);
    }
    this.#lastLine = cursor.line;
    return this.#addToPoint(cursor, facts);
  }

  /** Checks that the last point is complete. */
  finish(cursor: Cursor): void {
    if (this.#metric === undefined) return;
    if (this.#type === 'counter' && !this.#seenRoles.has('total')) {
      cursor.fail('TOTAL_MISSING', '', this.#lastLine);
    }
    if (this.#type === 'histogram' || this.#type === 'gaugehistogram') this.#finishHistogram(cursor);
  }

  /** `le` and `quantile` must not be labels of the metric itself. */
  #refuseReservedLabel(cursor: Cursor): void {
    const isHistogram = this.#type === 'histogram' || this.#type === 'gaugehistogram';
    const reserved = isHistogram ? 'le' : this.#type === 'summary' ? 'quantile' : undefined;
    if (reserved !== undefined && cursor.labelValue(reserved) !== undefined) {
      cursor.fail('LABEL_NOT_ALLOWED', reserved);
    }
  }

  #sameMetric(cursor: Cursor, facts: SampleFacts): void {
    const { timestamp, timestampText } = facts;
    if (timestampText === this.#timestampText) return;
    if (timestamp === undefined || timestampText === undefined) return cursor.fail('TIMESTAMP_MIXED');
    if (this.#timestamp === undefined || this.#timestampText === undefined)
      return cursor.fail('TIMESTAMP_MIXED');
    const order = timestamp - this.#timestamp || compareReals(timestampText, this.#timestampText);
    if (order < 0) cursor.fail('TIMESTAMP_BACKWARDS');
    if (order === 0) return;
    this.finish(cursor);
    this.#startPoint(facts);
  }

  #startPoint(facts: SampleFacts): void {
    this.#timestamp = facts.timestamp;
    this.#timestampText = facts.timestampText;
    if (this.#seenRoles.size > 0) this.#seenRoles.clear();
    if (this.#seenValues.size > 0) this.#seenValues.clear();
    this.#bound = undefined;
    this.#bucketCount = 0;
    this.#hasNegativeBucket = false;
    this.#gsum = 0;
  }

  #addToPoint(cursor: Cursor, facts: SampleFacts): number | undefined {
    const { role, value } = facts;
    if (role === 'bucket') return this.#addBucket(cursor, value);
    if (role === 'quantile') this.#addOnce(cursor, quantileRank(cursor));
    else if (role === 'state') {
      const state = cursor.labelValue(this.#familyName);
      this.#addOnce(cursor, state ?? cursor.fail('LABEL_MISSING', this.#familyName));
    } else {
      if (this.#seenRoles.has(role)) this.#repeated(cursor, facts);
      if (role === 'count' || role === 'gcount') this.#count = value;
      if (role === 'gsum') this.#gsum = value;
    }
    this.#seenRoles.add(role);
    return undefined;
  }

  /**
   * "Monotonically increasing" leaves room for two points at one time, which
   * exposers with coarse clocks make. Without timestamps a second value is an error.
   */
  #repeated(cursor: Cursor, facts: SampleFacts): void {
    const isSingleValue = facts.role === 'value' || facts.role === 'total';
    if (!isSingleValue || facts.timestamp === undefined) cursor.fail('SERIES_REPEATED');
    this.#startPoint(facts);
  }

  #addOnce(cursor: Cursor, value: number | string): void {
    if (this.#seenValues.has(value)) cursor.fail('SERIES_REPEATED');
    this.#seenValues.add(value);
  }

  #addBucket(cursor: Cursor, value: number): number {
    const bound = bucketBound(cursor);
    if (this.#bound !== undefined) {
      if (bound === this.#bound) cursor.fail('SERIES_REPEATED');
      if (bound < this.#bound) cursor.fail('BUCKET_ORDER');
      if (value < this.#bucketCount) cursor.fail('BUCKET_DECREASE');
    }
    if (bound < 0) this.#hasNegativeBucket = true;
    this.#bound = bound;
    this.#bucketCount = value;
    return bound;
  }

  #finishHistogram(cursor: Cursor): void {
    const isGauge = this.#type === 'gaugehistogram';
    const hasCount = this.#seenRoles.has(isGauge ? 'gcount' : 'count');
    const hasSum = this.#seenRoles.has(isGauge ? 'gsum' : 'sum');
    const line = this.#lastLine;
    if (this.#bound !== Number.POSITIVE_INFINITY) cursor.fail('BUCKET_INF_MISSING', '', line);
    if (hasCount !== hasSum) cursor.fail('COUNT_WITHOUT_SUM', '', line);
    if (hasCount && this.#count !== this.#bucketCount) cursor.fail('COUNT_MISMATCH', '', line);
    if (this.#hasNegativeBucket) {
      if (hasSum && !isGauge) cursor.fail('SUM_WITH_NEGATIVE_BUCKETS', '', line);
    } else if (hasSum && this.#gsum < 0) cursor.fail('VALUE_NEGATIVE', 'gsum', line);
  }
}
