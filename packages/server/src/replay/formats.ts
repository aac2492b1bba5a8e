/** The trace formats that replay reads, by the names that `--format` takes. */

import { azure } from './azure.ts';
import { openLineTrace } from './line-trace.ts';
import { mooncake } from './mooncake.ts';
import { ndjson } from './ndjson.ts';
import { openServegenTrace } from './servegen.ts';
import type { Trace, TraceOptions } from './trace.ts';

/** Reads a trace file once, and checks it. */
export const traceFormats = {
  azure: (options: TraceOptions): Promise<Trace> => openLineTrace(azure, options),
  mooncake: (options: TraceOptions): Promise<Trace> => openLineTrace(mooncake, options),
  servegen: openServegenTrace,
  ndjson: (options: TraceOptions): Promise<Trace> => openLineTrace(ndjson, options),
} as const;

/** The name of a trace format. */
export type TraceFormat = keyof typeof traceFormats;

/** Those names, in the order in which help lists them. */
export const traceFormatNames = Object.keys(traceFormats) as TraceFormat[];
