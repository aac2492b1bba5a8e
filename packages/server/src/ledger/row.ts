/**
 * Writes an accepted event as the JSON line that the ledger takes. The line is made
 * once, when the event is accepted: the journal keeps these very bytes and the
 * loader hands them on. What is absent is left out, so a line has few columns and
 * survives columns that are added later.
 */

import {
  type AcceptedEvent,
  declarationOf,
  type EventField,
  eventFieldNames,
  formatUsd,
  type Instant,
} from '@bellwether/events';
import type { Charge } from '../pricing/index.ts';

/** What the server knows of an event besides the event itself. */
export interface RowStamp {
  /** The journal's id. */
  readonly journal: string;
  /** The row's number in that journal. */
  readonly seq: number;
  /** Whether the live counters count it. */
  readonly live: boolean;
  /** When it arrived, milliseconds since the epoch. */
  readonly receivedMs: number;
  /** Of its payload as it was sent. */
  readonly fingerprint: number;
}

/** A line of the ledger as it is read back from the journal; columns that are absent were left out. */
export interface LedgerRow
  extends Partial<Record<Exclude<EventField, 'attributes'>, string | number | boolean>> {
  readonly journal: string;
  readonly seq: number;
  readonly live: boolean;
  readonly received_at: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly price_source?: string;
  readonly price_version?: string;
  readonly price_id?: string;
  readonly fingerprint?: number;
}

type Writer = (value: never) => string | null;

const text: Writer = (value: string) => (value === '' ? null : JSON.stringify(value));
const number: Writer = (value: number | null) => (value === null ? null : String(value));
const flag: Writer = (value: boolean | null) => (value === null ? null : String(value));
const money: Writer = (value: bigint | null) => (value === null ? null : `"${formatUsd(value)}"`);
const instant: Writer = (value: Instant) => `"${formatTimestamp(value)}"`;
const attributes: Writer = (value: Readonly<Record<string, string>> | null) =>
  value === null ? null : writeAttributes(value);

const writerOfKind = {
  label: text,
  text,
  choice: text,
  instant,
  count: number,
  duration: number,
  score: number,
  money,
  flag,
  attributes,
};

const writers = eventFieldNames
  .filter((name) => name !== 'cost_usd')
  .map((name) => ({ name, prefix: `,"${name}":`, write: writerOfKind[declarationOf(name).kind] }));

/** Attributes as JSON, in the order of their names, so that equal ones give equal text. */
export function writeAttributes(value: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/**
 * The fields of an event as they stand in its line, but for the cost. Equal events
 * give equal text, whatever order they were sent in, and a field that a later
 * version adds changes nothing for events without it.
 */
export function writeFields(event: AcceptedEvent): string {
  let text = '';
  for (const { name, prefix, write } of writers) {
    const value = write(event[name] as never);
    if (value !== null) text += prefix + value;
  }
  return text;
}

/** The JSON line of an event, without a line end, from the text of its fields. */
export function writeRow(fields: string, charge: Charge, stamp: RowStamp): string {
  const head = `{"journal":"${stamp.journal}","seq":${stamp.seq},"live":${stamp.live},"received_at":"${formatReceived(stamp.receivedMs)}"`;
  const cost = charge.costPicoUsd === null ? '' : `,"cost_usd":"${formatUsd(charge.costPicoUsd)}"`;
  const end = `,"fingerprint":${stamp.fingerprint}}`;
  if (charge.priceSource === '') return `${head}${fields}${cost}${end}`;
  const source = `,"price_source":${JSON.stringify(charge.priceSource)},"price_version":${JSON.stringify(charge.priceVersion)}`;
  return `${head}${fields}${cost}${source},"price_id":${JSON.stringify(charge.priceId)}${end}`;
}

let dayStart = Number.NaN;
let dayText = '';

/** `2026-11-20 10:00:00.123456789`, as the engine reads a DateTime64(9). The day is kept, since neighbours share it. */
export function formatTimestamp({ epochSeconds, nanoseconds }: Instant): string {
  const start = epochSeconds - (epochSeconds % 86_400);
  if (start !== dayStart) {
    dayStart = start;
    dayText = new Date(start * 1000).toISOString().slice(0, 10);
  }
  const second = epochSeconds - start;
  const clock = `${twoDigits(Math.floor(second / 3600))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}`;
  return nanoseconds === 0
    ? `${dayText} ${clock}`
    : `${dayText} ${clock}.${String(nanoseconds).padStart(9, '0')}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The same of milliseconds since the epoch. */
export function formatReceived(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000);
  return formatTimestamp({ epochSeconds: seconds, nanoseconds: (epochMs - seconds * 1000) * 1_000_000 });
}
