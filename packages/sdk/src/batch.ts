/**
 * From events to the body of a request. Encoding is done in slices, so that many
 * events at once do not hold up the application; compression is done off its thread.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip, gzipSync } from 'node:zlib';
import type { ShippedEvent } from './event.ts';
import { BATCH_BYTES_MAX, EVENT_BYTES_MAX } from './options.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Events that are encoded at a stretch: well below a millisecond. */
const SLICE_EVENTS = 100;

/** A request body: NDJSON, gzipped. Its events keep their ids, so it may be sent again and again. */
export interface Batch {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly events: number;
}

/** What became of some events: their batches, and how many cannot be written as JSON or are too large. */
export interface Encoded {
  readonly batches: readonly Batch[];
  readonly invalid: number;
}

/** Encodes events in their order. Never rejects for what an event holds. */
export async function encode(events: readonly ShippedEvent[]): Promise<Encoded> {
  const chunks: { lines: string[]; bytes: number }[] = [];
  let invalid = 0;
  for (const [index, event] of events.entries()) {
    if (index > 0 && index % SLICE_EVENTS === 0) await nextTurn();
    invalid += append(chunks, event);
  }
  const batches = await Promise.all(
    chunks.map(async ({ lines }) => ({ body: own(await compress(join(lines))), events: lines.length })),
  );
  return { batches, invalid };
}

/** The same at once, for when the process ends. */
export function encodeNow(events: readonly ShippedEvent[]): Encoded {
  const chunks: { lines: string[]; bytes: number }[] = [];
  const invalid = events.reduce((sum, event) => sum + append(chunks, event), 0);
  const batches = chunks.map(({ lines }) => ({ body: own(gzipSync(join(lines))), events: lines.length }));
  return { batches, invalid };
}

/** Two batches with the events of one, for a server that takes less at once. One event cannot be halved. */
export async function halve(batch: Batch): Promise<readonly Batch[]> {
  const lines = (await decompress(batch.body)).toString().trimEnd().split('\n');
  if (lines.length < 2) return [batch];
  const middle = lines.length >> 1;
  return Promise.all(
    [lines.slice(0, middle), lines.slice(middle)].map(async (half) => ({
      body: own(await compress(join(half))),
      events: half.length,
    })),
  );
}

/** Puts an event into the last chunk, or into a new one if that is full. Gives 1 if it cannot be sent. */
function append(chunks: { lines: string[]; bytes: number }[], event: ShippedEvent): 0 | 1 {
  const line = lineOf(event);
  if (line === undefined) return 1;
  const last = chunks.at(-1);
  if (last === undefined || last.bytes + line.length > BATCH_BYTES_MAX) {
    chunks.push({ lines: [line], bytes: line.length });
  } else {
    last.lines.push(line);
    last.bytes += line.length;
  }
  return 0;
}

function lineOf(event: ShippedEvent): string | undefined {
  try {
    const line = JSON.stringify(event);
    return line.length > EVENT_BYTES_MAX ? undefined : line;
  } catch {
    // A bigint, a cycle, or a getter that throws.
    return undefined;
  }
}

const join = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Small buffers of Node share a larger one, which would be kept alive with them. */
const own = (buffer: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(buffer);
