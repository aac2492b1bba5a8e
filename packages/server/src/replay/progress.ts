/**
 * Tells how far a long piece of work is: a bar that redraws itself on a terminal,
 * plain lines now and then elsewhere, so that a log stays readable.
 */

import type { Clock } from '../clock.ts';

/** Where progress goes: standard error, or what stands in for it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A piece of work under way. */
export interface Progress {
  /** Says how much is done; cheap enough to call for every batch. */
  update(done: number): void;
  /** Writes a line of its own, without disturbing the bar. */
  note(text: string): void;
  /** Ends the bar; nothing is drawn afterwards. */
  finish(): void;
}

/** Pauses between two drawings. */
const REDRAW_MS = 100;
const LINE_MS = 5000;

const BAR_WIDTH = 28;
const COLUMNS_OTHERWISE = 80;

/**
 * Starts to tell of a piece of work.
 *
 * @param label what is done, e.g. `Sending`.
 * @param unit what is counted, e.g. `rows`.
 * @param total how much there is to do; `null` if that is not known.
 */
export function startProgress(
  stream: ProgressStream,
  clock: Clock,
  { label, unit, total }: { readonly label: string; readonly unit: string; readonly total: number | null },
): Progress {
  const startMs = clock.monotonicMs();
  const isTerminal = stream.isTTY === true;
  let drawnMs = startMs;
  let lastDone = 0;
  let isOnLine = false;

  const text = (): string => {
    const seconds = Math.max(0.001, (clock.monotonicMs() - startMs) / 1000);
    const rate = `${grouped(Math.round(lastDone / seconds))}/s`;
    if (total === null || total === 0) return `${label}  ${grouped(lastDone)} ${unit}  ${rate}`;
    const part = Math.min(1, lastDone / total);
    const percent = `${Math.floor(100 * part)} %`;
    const counts = `${grouped(lastDone)}/${grouped(total)} ${unit}  ${rate}`;
    if (!isTerminal) return `${label}: ${percent}, ${counts}`;
    const filled = Math.round(BAR_WIDTH * part);
    return `${label} [${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}] ${percent}  ${counts}`;
  };
  const draw = (): void => {
    drawnMs = clock.monotonicMs();
    if (!isTerminal) {
      stream.write(`${text()}\n`);
      return;
    }
    // Cut to the width, since a wrapped line cannot be drawn over; then clear what an older text left.
    const shown = text().slice(0, (stream.columns ?? COLUMNS_OTHERWISE) - 1);
    stream.write(`\r${shown}\u001B[K`);
    isOnLine = true;
  };
  return {
    update: (done) => {
      lastDone = done;
      if (clock.monotonicMs() - drawnMs >= (isTerminal ? REDRAW_MS : LINE_MS)) draw();
    },
    note: (line) => {
      stream.write(isOnLine ? `\r\u001B[K${line}\n` : `${line}\n`);
      if (isOnLine) draw();
    },
    finish: () => {
      if (!isTerminal) return;
      draw();
      stream.write('\n');
      isOnLine = false;
    },
  };
}

/** A count with its thousands apart. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
