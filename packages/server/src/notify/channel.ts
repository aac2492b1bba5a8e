/** A channel: something that takes messages. Each service has a file of its own, which knows its format and its limits. */

import type { ChannelType } from '../config/index.ts';
import type { AlertSnapshot } from './change.ts';
import type { Message, MessageBounds } from './message.ts';

/** Takes messages for one address. */
export interface Channel {
  /** As it is declared; a channel with several peers has one of these for each, with a number after a slash. */
  readonly id: string;
  readonly type: ChannelType;
  /** Messages a minute. */
  readonly perMinute: number;
  readonly bounds: MessageBounds;
  /** Delivers a message. @throws {DeliveryError} */
  send(message: Message, signal: AbortSignal): Promise<void>;
  /** For a receiver that must be told the state again and again: what is open, and what is over since a short while. */
  readonly resend?: {
    readonly everyMs: number;
    /** How long what is over is told again. */
    readonly resolvedMs: number;
    believe(alerts: readonly AlertSnapshot[], signal: AbortSignal): Promise<void>;
  };
}

/** Reads a secret of the configuration, or the file that holds it, and has it kept out of every text. */
export type ReadSecret = (secret: { readonly value: string } | { readonly file: string }) => string;

/** A message that was not taken. The text names no address and no secret. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** True if it makes no sense to send the same again. */
  readonly permanent: boolean;
  /** What the receiver asked for; `null` if it did not. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    {
      permanent,
      retryAfterMs = null,
    }: { readonly permanent: boolean; readonly retryAfterMs?: number | null },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.permanent = permanent;
    this.retryAfterMs = retryAfterMs;
  }
}
