/**
 * The journal's thread. It gathers all submissions that have arrived while the
 * last commit was on its way to the disk, and writes them with the next one: under
 * load one sync serves many requests, without load none waits for company.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { JournalStore, type JournalStoreOptions } from './journal-store.ts';
import type { JournalMessage, JournalRequest } from './messages.ts';
import { JournalError } from './submission.ts';

/** Payload of one commit, beyond which the rest waits for the next. */
const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** How often there is a look at what can wait, and how long it may take. */
const MAINTENANCE_INTERVAL_MS = 1000;
const MAINTENANCE_BUDGET_MS = 20;

type Append = Extract<JournalRequest, { kind: 'append' }>;

const port = parentPort;
if (port === null) throw new Error('The journal runs in a thread of the server.');
const say = (message: JournalMessage, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

const waiting: Append[] = [];
let flushing = false;
const store = open();

function open(): JournalStore | null {
  try {
    const opened = new JournalStore(workerData as JournalStoreOptions);
    say({ kind: 'open', identity: opened.identity, status: opened.status() });
    return opened;
  } catch (error) {
    say({ kind: 'cannotOpen', message: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

if (store !== null) {
  port.on('message', (request: JournalRequest) => {
    if (request.kind === 'append') enqueue(request);
    else attend(store, request);
  });
  setInterval(() => store.maintain(MAINTENANCE_BUDGET_MS), MAINTENANCE_INTERVAL_MS).unref();
}

function enqueue(request: Append): void {
  waiting.push(request);
  if (flushing) return;
  flushing = true;
  // After all messages that are there already, and before waiting for more.
  setImmediate(flush);
}

function flush(): void {
  flushing = false;
  const group = takeGroup();
  if (group.length === 0 || store === null) return;
  try {
    const lastSeq = Math.max(...group.map((request) => request.lastSeq));
    const receipts = store.append(
      group.map((request) => request.submission),
      lastSeq,
    );
    receipts.forEach((receipt, i) => say({ kind: 'done', number: group[i]?.number ?? -1, answer: receipt }));
  } catch (error) {
    for (const request of group) refuse(request.number, error);
  }
  if (waiting.length > 0) {
    flushing = true;
    setImmediate(flush);
  }
}

function takeGroup(): Append[] {
  let bytes = 0;
  let count = 0;
  for (const request of waiting) {
    bytes += request.submission.payload.length;
    if (count > 0 && bytes > GROUP_BYTES_MAX) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

function attend(journal: JournalStore, request: Exclude<JournalRequest, Append>): void {
  const { number } = request;
  try {
    switch (request.kind) {
      case 'read': {
        const blocks = journal.read(request.afterBlock, request.bytesMax);
        say(
          { kind: 'done', number, answer: blocks },
          blocks.map((block) => block.payload.buffer),
        );
        return;
      }
      case 'markLoaded':
        journal.markLoaded(request.block);
        say({ kind: 'done', number, answer: null });
        return;
      case 'status':
        say({ kind: 'done', number, answer: journal.status() });
        return;
      case 'check':
        say({ kind: 'done', number, answer: journal.check() });
        return;
      case 'totalsByDay':
        say({ kind: 'done', number, answer: journal.totalsByDay() });
        return;
      case 'close':
        flush();
        journal.close();
        say({ kind: 'done', number, answer: null });
        port?.close();
        return;
    }
  } catch (error) {
    refuse(number, error);
  }
}

function refuse(number: number, error: unknown): void {
  const fault = error instanceof JournalError ? error.fault : 'failed';
  say({ kind: 'refused', number, fault, message: error instanceof Error ? error.message : String(error) });
}
