/** What the rest of the package may use of native histograms. */
export { bucketIndex, bucketUpperBound, SCHEMA_MAX, SCHEMA_MIN, schemaForFactor } from './bounds.ts';
export { mergeNative } from './merge.ts';
export {
  BUCKETS_MAX_DEFAULT,
  NativeHistogram,
  type NativeHistogramOptions,
  type NativeSnapshot,
  ZERO_THRESHOLD_DEFAULT,
} from './native-histogram.ts';
export { decodeSpans, encodeSpans, type EncodedBuckets } from './spans.ts';
