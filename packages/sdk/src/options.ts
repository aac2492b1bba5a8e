/** How a shipper is set up, and what it does when nothing is said. */

import type { Registry } from '@bellwether/metrics';
import type { BackoffPolicy, Fetch, TimerClock } from '@bellwether/metrics/delivery';
import type { EventDetails } from './event.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Where batches wait on disk while the server cannot be reached. */
export interface SpoolOptions {
  /** A directory of the application's own; it is created. Several processes may share it. */
  readonly directory: string;
  /** The most that waits there; what is beyond is dropped and counted. 256 MiB by default. */
  readonly bytesMax?: number;
}

/** How a shipper is set up. Only the address is required. */
export interface ShipperOptions {
  /** Address of the Bellwether server, e.g. `http://127.0.0.1:9091`. */
  readonly url: string;
  /** What every event says unless it says otherwise, e.g. `{ application: 'shop', environment: 'production' }`. */
  readonly defaults?: EventDetails;
  /** A token with the role ingest, or what gives one, asked before each request so that it may change. */
  readonly token?: string | (() => string);
  /** The longest that an event waits for company. 1 s by default. */
  readonly flushIntervalMs?: number;
  /** Events of one request. 500 by default. */
  readonly batchEventsMax?: number;
  /** Events that wait to be encoded; what is beyond is dropped and counted. 10,000 by default. */
  readonly queueEventsMax?: number;
  /** Compressed batches that wait in memory. 12 MiB by default. */
  readonly bufferBytesMax?: number;
  /** Keeps on disk what memory cannot hold and what is left when the process ends. None by default. */
  readonly spool?: SpoolOptions;
  /** How long one request may take. 10 s by default. */
  readonly requestTimeoutMs?: number;
  /** Pauses after failed requests: from 0.5 s to 30 s by default. */
  readonly backoff?: BackoffPolicy;
  /** How long the end of the process may wait for what is still to be sent. 2 s by default. */
  readonly exitTimeoutMs?: number;
  /**
   * Sends what is left when one of these signals ends the process. Without other
   * listeners the signal then does what it does by default. None by default.
   */
  readonly exitSignals?: readonly NodeJS.Signals[];
  /** The registry that shows what became of the events; none by default. */
  readonly registry?: Registry;
  /** Told when delivery begins to fail, when the reason changes, and of what was refused. A warning by default. */
  readonly onError?: (error: Error) => void;
  /** For tests. */
  readonly clock?: TimerClock;
  readonly fetch?: Fetch;
  readonly random?: () => number;
}

/** The options with everything filled in. */
export interface ShipperSettings {
  readonly endpoint: string;
  readonly token: (() => string) | undefined;
  readonly flushIntervalMs: number;
  readonly batchEventsMax: number;
  readonly queueEventsMax: number;
  readonly bufferBytesMax: number;
  readonly requestTimeoutMs: number;
  readonly backoff: BackoffPolicy;
  readonly exitTimeoutMs: number;
}

/** Batches stay below this before compression, far below what a server takes. */
export const BATCH_BYTES_MAX = 4 * MIB;

/** An event that is larger cannot be right. */
export const EVENT_BYTES_MAX = 64 * KIB;

/** What a spool may hold unless it is told otherwise. */
export const SPOOL_BYTES_MAX = 256 * MIB;

/**
 * Checks the options and fills in the rest.
 *
 * @param path where the server takes what is shipped.
 *
 * @throws TypeError for an address that is none, RangeError for a bound below 1.
 */
export function settle(options: ShipperOptions, path = '/v1/events?partial=true'): ShipperSettings {
  const { url, token } = options;
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new TypeError(`${url} is no http or https address.`);
  const bounds = {
    flushIntervalMs: options.flushIntervalMs ?? 1000,
    batchEventsMax: options.batchEventsMax ?? 500,
    queueEventsMax: options.queueEventsMax ?? 10_000,
    bufferBytesMax: options.bufferBytesMax ?? 12 * MIB,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    exitTimeoutMs: options.exitTimeoutMs ?? 2000,
  };
  for (const [name, bound] of Object.entries(bounds)) {
    if (!(Number.isFinite(bound) && bound >= 1))
      throw new RangeError(`${name} must be at least 1, not ${bound}.`);
  }
  return {
    ...bounds,
    endpoint: new URL(path, url).href,
    token: typeof token === 'string' ? () => token : token,
    backoff: options.backoff ?? { initialMs: 500, maxMs: 30_000 },
  };
}
