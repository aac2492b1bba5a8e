/**
 * What the demo's generator needs to know of an application: who owns it, when
 * its people are awake, and what it asks of which models.
 */

import type { DemoModel } from './models.ts';

/** The weekly shape of an application's traffic. */
export type RhythmKind = 'office' | 'consumer' | 'nightly' | 'steady';

/** One kind of request of an application. */
export interface TaskSpec {
  readonly taskType: string;
  /** Its part of the application's requests; the parts of one application sum to 1. */
  readonly share: number;
  /** The models it is sent to, with their parts. */
  readonly models: Readonly<Partial<Record<DemoModel, number>>>;
  /**
   * Median input (beyond prefix, images and audio) and output (beyond reasoning),
   * in tokens, and the standard deviation of their logarithms.
   */
  readonly inputMedian: number;
  readonly inputSigma: number;
  readonly outputMedian: number;
  readonly outputSigma: number;
  /** Tokens at the head of each prompt that a prompt cache can keep. */
  readonly prefixTokens?: number;
  /** Part of the requests that a response cache answers. */
  readonly responseCacheShare?: number;
  /** Image tokens in the input, the median. */
  readonly imageTokens?: number;
  /** Audio tokens in the input, the median. */
  readonly audioTokens?: number;
  readonly serviceTier?: 'batch';
  /** What one successful request is worth to the business. */
  readonly revenueUsd?: string;
  /** True when a person waits for the answer: such requests have a session and ratings. */
  readonly interactive: boolean;
}

/** One application. */
export interface ApplicationSpec {
  readonly tenant: string;
  readonly team: string;
  readonly application: string;
  readonly environment: 'production' | 'staging';
  readonly algorithm: string;
  /** Offset of its people's clocks; the demo's world has no summer time. */
  readonly utcOffsetHours: number;
  readonly rhythm: RhythmKind;
  /** Its part of all requests. */
  readonly share: number;
  /** How many people use it over the month. */
  readonly usersTotal: number;
  readonly deployment: string;
  /** Growth of its traffic over thirty days, e.g. 0.2 for a fifth. */
  readonly monthlyGrowth: number;
  readonly tasks: readonly TaskSpec[];
  /** The job that sends the requests, for traffic that no person asked for. */
  readonly job?: string;
}
