/**
 * The two versions of remote write as requests and answers: headers, what an
 * answer says was written, and when to fall back to the older version.
 *
 * Source: Prometheus Remote-Write 2.0, "Required Written Response Headers" and
 * "Unsupported Request Content".
 */
import type { PushError } from '../delivery/push-error.ts';
import { snappyCompress } from '../delivery/snappy.ts';
import { USER_AGENT } from '../delivery/user-agent.ts';
import { encodeVersion1, encodeVersion2 } from './encode.ts';
import type { RemoteSample } from './series.ts';

/** The versions of the protocol. */
export type RemoteWriteVersion = '1.0' | '2.0';

/** How many elements of each kind a receiver wrote. */
export interface ElementCounts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** Header and body of a request. */
export function encodeRequest(
  samples: readonly RemoteSample[],
  version: RemoteWriteVersion,
): { body: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const isNew = version === '2.0';
  return {
    body: snappyCompress(isNew ? encodeVersion2(samples) : encodeVersion1(samples)),
    headers: {
      'content-encoding': 'snappy',
      'content-type': isNew
        ? 'application/x-protobuf;proto=io.prometheus.write.v2.Request'
        : 'application/x-protobuf',
      'x-prometheus-remote-write-version': isNew ? '2.0.0' : '0.1.0',
      'user-agent': USER_AGENT,
    },
  };
}

/**
 * What a receiver of version 2.0 says it wrote; a missing header means none.
 * Undefined if no such header is there: then it is no receiver of 2.0.
 */
export function writtenElements(headers: Headers): ElementCounts | undefined {
  const read = (kind: string): number | undefined => {
    const text = headers.get(`x-prometheus-remote-write-${kind}-written`);
    return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
  };
  const [samples, histograms, exemplars] = [read('samples'), read('histograms'), read('exemplars')];
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

/**
 * Whether a failure of 2.0 means that the receiver only knows 1.0: it says so by
 * 415, or by the 400 that 1.0 receivers give to what they cannot decode. Once a
 * receiver has shown that it knows 2.0, a 400 means what it says.
 */
export function meansOlderReceiver(error: PushError, isConfirmed: boolean): boolean {
  if (error.status === 415) return true;
  if (error.status !== 400 || isConfirmed) return false;
  return error.headers !== undefined && writtenElements(error.headers) === undefined;
}
