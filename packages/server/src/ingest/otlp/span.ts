/** A span as the decoders hand it over: what may matter of it, and nothing else. */

import type { Attributes } from './attributes.ts';

/** Emptied and filled again for each span, so whoever keeps something of it copies that. */
export interface OtlpSpan {
  /** Hexadecimal digits as they came. */
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentSpanId: string;
  /** Nanoseconds since the epoch. */
  startNanos: bigint;
  endNanos: bigint;
  /** 0 unset, 1 ok, 2 error. */
  statusCode: number;
  /** When the first token came, of an event that says so; 0 if none does. */
  firstTokenNanos: bigint;
  readonly attributes: Attributes;
}

/** Takes spans, each with the attributes of its resource. */
export type OnSpan = (span: OtlpSpan, resource: Attributes) => void;

/** The span event by which OpenInference tells of the first token. */
export const FIRST_TOKEN_EVENT = 'First Token Stream Event';

/** An empty span. */
export function newSpan(attributes: Attributes): OtlpSpan {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    startNanos: 0n,
    endNanos: 0n,
    statusCode: 0,
    firstTokenNanos: 0n,
    attributes,
  };
}

/** Empties a span. */
export function clearSpan(span: OtlpSpan): void {
  span.traceId = '';
  span.spanId = '';
  span.parentSpanId = '';
  span.startNanos = 0n;
  span.endNanos = 0n;
  span.statusCode = 0;
  span.firstTokenNanos = 0n;
  span.attributes.clear();
}
