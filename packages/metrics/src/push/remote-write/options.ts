/**
 * What a remote writer can be told, and what it tells.
 */
import type { MetricFamily } from '../../family.ts';
import type { BackoffPolicy } from '../delivery/backoff.ts';
import type { Fetch } from '../delivery/http-post.ts';
import type { PushError } from '../delivery/push-error.ts';
import type { TimerClock } from '../delivery/timer-clock.ts';
import type { RemoteWriteVersion } from './protocol.ts';

/** How to push. Only `url` and `families` are needed. */
export interface RemoteWriteOptions {
  /** The whole URL, usually ending in `/api/v1/write`. */
  readonly url: string;
  /** Gives the families to push; `() => registry.families()` for a registry. */
  readonly families: () => Promise<readonly MetricFamily[]> | readonly MetricFamily[];
  /** Default 1.0. A receiver that turns out not to know 2.0 is sent 1.0. */
  readonly version?: RemoteWriteVersion;
  /** Labels for every series that has none of that name, such as `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Further headers; those of the protocol cannot be changed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 15 s. */
  readonly intervalMs?: number;
  /** Of one request. Default 30 s. */
  readonly timeoutMs?: number;
  /** Default 2000. */
  readonly samplesPerRequestMax?: number;
  /** How many samples may wait. Default 100,000. */
  readonly queueSamplesMax?: number;
  /** Default 1 to 30 s. */
  readonly backoff?: Partial<BackoffPolicy>;
  /** Told of every failure. */
  readonly onError?: (error: PushError) => void;
  readonly clock?: TimerClock;
  readonly fetch?: Fetch;
  /** Numbers from 0 to 1, for the jitter of waiting. */
  readonly random?: () => number;
}

/** What a writer has done since it was made. */
export interface RemoteWriteStats {
  /** Samples that a receiver took, native histograms included. */
  readonly written: number;
  /** Samples that a receiver refused for good. */
  readonly rejected: number;
  /** Samples that were dropped since the queue was full or the writer was closed. */
  readonly dropped: number;
  /** Samples that wait. */
  readonly queued: number;
  readonly failedRequests: number;
  /** The version in force. */
  readonly version: RemoteWriteVersion;
}
