/**
 * The journal's thread: it does what the main thread asks for, in order. Each group
 * of submissions is one commit and one sync.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { JournalStoreOptions } from './journal-state.ts';
import { JournalStore } from './journal-store.ts';
import type { JournalMessage, JournalRequest } from './messages.ts';
import { JournalError } from './submission.ts';

/** How often there is a look at what can wait, and how long it may take. */
const MAINTENANCE_INTERVAL_MS = 1000;
const MAINTENANCE_BUDGET_MS = 20;

const port = parentPort;
if (port === null) throw new Error('The journal runs in a thread of the server.');
const say = (message: JournalMessage, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

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
  port.on('message', (request: JournalRequest) => attend(store, request));
  setInterval(() => store.maintain(MAINTENANCE_BUDGET_MS), MAINTENANCE_INTERVAL_MS).unref();
}

function attend(journal: JournalStore, request: JournalRequest): void {
  const { number } = request;
  try {
    switch (request.kind) {
      case 'append':
        say({ kind: 'done', number, answer: journal.append(request.submissions, request.lastSeq) });
        return;
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
      case 'expireIdentities':
        say({ kind: 'done', number, answer: journal.expireIdentities(request.arrivalMs) });
        return;
      case 'snapshot':
        say({ kind: 'done', number, answer: journal.snapshot(request.folder) });
        return;
      case 'rebuild': {
        const { rows, isFirst, isLast } = request;
        say({ kind: 'done', number, answer: journal.rebuild(rows, isFirst, isLast) });
        return;
      }
      case 'recovered':
        journal.recovered(request.journals, request.rows);
        say({ kind: 'done', number, answer: null });
        return;
      case 'scrub':
        journal.scrub();
        say({ kind: 'done', number, answer: null });
        return;
      case 'status':
        say({ kind: 'done', number, answer: journal.status() });
        return;
      case 'check':
        say({ kind: 'done', number, answer: journal.check() });
        return;
      case 'close':
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
