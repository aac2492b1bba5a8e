/** What became of the events of a shipper, as figures of its own and as metrics. */

import { shipperPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';

/** What becomes of an event. */
export const outcomes = [
  /** New to the server, which has it on disk. */
  'accepted',
  /** The server had it already. */
  'duplicate',
  /** The server took the batch but not this event. */
  'rejected',
  /** The server refused the whole batch for good. */
  'refused',
  /** It cannot be written as JSON, or is too large. */
  'invalid',
  /** More events came than could be encoded and kept. */
  'queue_full',
  /** The spool has no more room, or cannot be written. */
  'spool_full',
  /** It came after the end, or the end could not wait for it. */
  'closed',
] as const;

/** The name of an outcome. */
export type Outcome = (typeof outcomes)[number];

/** How many events came to each outcome. */
export type ShipperCounts = Readonly<Record<Outcome, number>>;

/** Counts outcomes and requests. */
export class Counts {
  readonly #counts: Record<Outcome, number>;
  readonly #record: (outcome: Outcome, events: number) => void = () => undefined;
  /** Counts a request by how it ended. */
  readonly countRequest: (result: 'taken' | 'retried' | 'refused') => void = () => undefined;

  /** Shows what waits. */
  readonly showWaiting: (events: number, bytes: number) => void = () => undefined;

  constructor(registry: Registry | undefined) {
    this.#counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
    if (registry === undefined) return;
    const families = defineMetrics(shipperPack, { registry });
    this.#record = (outcome, events) => families.events.inc({ outcome }, events);
    this.countRequest = (result) => families.requests.inc({ result });
    const [waitingEvents, waitingBytes] = [families.waitingEvents.labels(), families.waitingBytes.labels()];
    this.showWaiting = (events, bytes) => {
      waitingEvents.set(events);
      waitingBytes.set(bytes);
    };
  }

  /** Counts events that came to an outcome. */
  count(outcome: Outcome, events: number): void {
    if (events === 0) return;
    this.#counts[outcome] += events;
    this.#record(outcome, events);
  }

  get snapshot(): ShipperCounts {
    return { ...this.#counts };
  }
}
