/**
 * Runs the demo against a server: loads the history, which leaves the
 * live counters alone, then keeps live traffic flowing until it is stopped.
 */

import type { Clock } from '../clock.ts';
import { SendError } from '../replay/delivery.ts';
import { grouped, type ProgressStream, startProgress } from '../replay/progress.ts';
import { createSender, type Sender, type SenderOptions } from '../replay/sender.ts';
import { wait } from '../replay/waiting.ts';
import { generateHistory, historyDefaults } from './history.ts';
import { generateLive } from './live.ts';
import { describeLiveIncident, describeStory, type LiveIncident, usualIncident } from './story.ts';

/** How often live traffic is sent. */
const LIVE_INTERVAL_MS = 1000;

/** Events in one live request at most, when many piled up. */
const LIVE_BATCH_EVENTS = 1000;

/** Pause after live traffic could not be delivered. */
const LIVE_RETRY_MS = 5000;

const HISTORY_CONCURRENCY = 4;

/** What the demo needs. */
export interface DemoOptions {
  /** Address of the server. */
  readonly url: string;
  readonly token?: string;
  readonly clock: Clock;
  /** Ends the demo. */
  readonly signal: AbortSignal;
  /** Where progress goes. */
  readonly stderr: ProgressStream;
  /** Days of history; thirty unless given. */
  readonly days?: number;
  /** Events in thirty days, nearly; a million unless given. */
  readonly eventsTotal?: number;
  readonly seed?: number;
  /** The live traffic is that of so many events a month; of `eventsTotal` unless given. */
  readonly liveEventsTotal?: number;
  readonly incident?: LiveIncident;
  /** Whether reports have all that was sent by now; nobody waits for that if it is absent. */
  readonly isInLedger?: () => Promise<boolean>;
}

/** What the demo sent. */
export interface DemoResult {
  readonly historyAccepted: number;
  /** Events that the server had from an earlier demo. */
  readonly historyKnown: number;
  readonly historySeconds: number;
  readonly liveAccepted: number;
}

/**
 * Runs the demo until the signal aborts.
 *
 * @throws SendError if the history is refused or the server cannot be reached while it loads.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const startMs = options.clock.nowMs();
  const history = await loadHistory(options, startMs);
  await untilInLedger(options);
  if (!options.signal.aborted) tellStory(options.stderr, startMs, options.incident);
  const liveAccepted = options.signal.aborted ? 0 : await keepLive(options, startMs);
  return { ...history, liveAccepted };
}

/** Events that an earlier demo stored otherwise, e.g. during its live incident, stay as they are: hence `partial`. */
function senderFor(
  options: DemoOptions,
  query: Record<string, string>,
  more: Partial<SenderOptions>,
): Sender {
  const { url, token, clock, signal } = options;
  return createSender({
    url,
    clock,
    signal,
    concurrency: 1,
    ...(token !== undefined && { token }),
    query: { ...query, partial: 'true' },
    ...more,
  });
}

async function loadHistory(options: DemoOptions, endMs: number): Promise<Omit<DemoResult, 'liveAccepted'>> {
  const { clock, stderr, signal } = options;
  const { days, eventsTotal, seed } = { ...historyDefaults, ...options };
  const startedMs = clock.monotonicMs();
  const progress = startProgress(stderr, clock, {
    label: `Loading ${days} days of traffic`,
    unit: 'events',
    total: Math.round((eventsTotal * days) / historyDefaults.days),
  });
  const sender = senderFor(
    options,
    { live: 'false' },
    {
      concurrency: HISTORY_CONCURRENCY,
      onRetry: (reason) => progress.note(`${reason}; trying again`),
    },
  );
  let accepted = 0;
  let known = 0;
  try {
    await sender.sendAll({
      batches: until(signal, generateHistory({ endMs, days, eventsTotal, seed })),
      eventsOf: (events) => events,
      onDelivered: (_, receipt) => {
        accepted += receipt.accepted;
        known += receipt.duplicates + countConflicts(receipt.rejected);
        progress.update(accepted + known);
      },
    });
  } catch (error) {
    if (!(error instanceof SendError && error.kind === 'aborted')) throw error;
  } finally {
    progress.finish();
    sender.close();
  }
  const historySeconds = (clock.monotonicMs() - startedMs) / 1000;
  const added = `${grouped(accepted)} events loaded in ${historySeconds.toFixed(1)} s`;
  stderr.write(known === 0 ? `${added}.\n` : `${added}, ${grouped(known)} were there already.\n`);
  return { historyAccepted: accepted, historyKnown: known, historySeconds };
}

/** The history is on disk before it is in the ledger, and somebody who looks meanwhile sees less than there is: it waits, and says so. */
async function untilInLedger({ clock, signal, stderr, isInLedger }: DemoOptions): Promise<void> {
  if (isInLedger === undefined || signal.aborted || (await isInLedger())) return;
  const startedMs = clock.monotonicMs();
  stderr.write('The ledger takes them in; reports show a part of them until then.\n');
  do await wait(clock, LIVE_INTERVAL_MS, signal);
  while (!signal.aborted && !(await isInLedger()));
  const seconds = ((clock.monotonicMs() - startedMs) / 1000).toFixed(1);
  if (!signal.aborted) stderr.write(`Reports show them all, ${seconds} s later.\n`);
}

/** @throws SendError if an event was refused for anything but being there already, which would be a fault of the demo. */
function countConflicts(rejected: readonly { readonly code: string; readonly message: string }[]): number {
  const fault = rejected.find(({ code }) => code !== 'identity_conflict');
  if (fault === undefined) return rejected.length;
  throw new SendError('refused', `the server refused an event of the demo: ${fault.code}: ${fault.message}`);
}

async function keepLive(options: DemoOptions, startMs: number): Promise<number> {
  const { clock, signal, stderr, incident = usualIncident } = options;
  const { eventsTotal, seed } = { ...historyDefaults, ...options };
  const { liveEventsTotal = eventsTotal } = options;
  const traffic = generateLive({ startMs, eventsTotal: liveEventsTotal, seed, incident });
  const sender = senderFor(options, {}, {});
  let accepted = 0;
  try {
    while (!signal.aborted) {
      const due = traffic.takeDue(clock.nowMs(), LIVE_BATCH_EVENTS);
      if (due.length > 0) accepted += await sendUntilTaken(sender, due, options);
      if (due.length < LIVE_BATCH_EVENTS) await wait(clock, LIVE_INTERVAL_MS, signal);
    }
  } finally {
    sender.close();
    stderr.write(`${grouped(accepted)} live events sent.\n`);
  }
  return accepted;
}

/** A demo goes on when the server comes back, however long that takes: nothing is generated meanwhile. */
async function sendUntilTaken(
  sender: Sender,
  events: Parameters<Sender['send']>[0],
  { clock, signal, stderr }: DemoOptions,
): Promise<number> {
  for (;;) {
    try {
      return (await sender.send(events)).accepted;
    } catch (error) {
      if (!(error instanceof SendError) || error.kind === 'refused') throw error;
      if (signal.aborted) return 0;
      stderr.write(`Live traffic waits: ${error.message}\n`);
      await wait(clock, LIVE_RETRY_MS, signal);
      if (signal.aborted) return 0;
    }
  }
}

function* until<T>(signal: AbortSignal, items: Iterable<T>): Generator<T, void, undefined> {
  for (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

/** What there is to find in the data, for whoever looks. */
function tellStory(stderr: ProgressStream, startMs: number, incident?: LiveIncident): void {
  const facts = [...describeStory(startMs), describeLiveIncident(startMs, incident)];
  stderr.write('What there is to find (times are UTC):\n');
  for (const { startMs: beginsMs, summary } of facts) {
    const minute = new Date(beginsMs).toISOString().slice(0, 16).replace('T', ' ');
    stderr.write(`  ${minute}  ${summary}\n`);
  }
}
