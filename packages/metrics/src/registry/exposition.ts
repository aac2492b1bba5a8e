/**
 * The exposition of a registry as text: which texts are kept, and how they are put
 * together piece by piece.
 */
import type { Clock } from '../clock.ts';
import { FamilyText } from '../exposition/family-text.ts';
import type { TextView } from '../exposition/line-heads.ts';
import type { Output } from '../exposition/output.ts';
import { TimeSlice } from '../exposition/time-slice.ts';
import { writeText } from '../exposition/write-text.ts';
import { familyOf } from './families.ts';
import { isOwn, type RegistryMetric } from './metric.ts';
import type { MetricValues } from '../instruments/lines.ts';

/** Texts that nobody asked for in so long are given up. */
const KEEP_MS = 10 * 60 * 1000;

/** The kept texts of one view. */
interface KeptView {
  readonly texts: WeakMap<RegistryMetric, FamilyText>;
  usedMs: number;
  /** How many bytes the last exposition had. */
  lastBytes: number;
}

/** A metric that is ready to be written; `values` are those of a metric of another make. */
export interface Prepared {
  readonly metric: RegistryMetric;
  readonly values?: MetricValues;
}

/** Keeps the texts of a registry's metrics. */
export class Exposition {
  readonly #clock: Clock;
  readonly #views = new Map<string, KeptView>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Forgets all texts, e.g. since the default labels changed. */
  clear(): void {
    this.#views.clear();
  }

  /** About how many bytes the next exposition of a view will have. */
  expectedBytes(view: TextView): number {
    return this.#kept(view).lastBytes;
  }

  /** Notes how many bytes an exposition of a view had. */
  noteBytes(view: TextView, bytes: number): void {
    this.#kept(view).lastBytes = bytes;
  }

  /** Writes metrics to `output`, in pieces between which others get their turn. */
  async write(metrics: readonly Prepared[], view: TextView, output: Output): Promise<void> {
    const kept = this.#kept(view);
    const slice = new TimeSlice(this.#clock);
    let first = true;
    for (const { metric, values } of metrics) {
      // prom-client sets an empty line between the families of the classic format.
      if (!first && view.format === 'text') output.text('\n');
      first = false;
      if (values !== undefined) {
        output.text(foreignText(metric, values, view));
      } else if (isOwn(metric)) {
        let text = kept.texts.get(metric);
        if (text === undefined) {
          text = new FamilyText(metric, view);
          kept.texts.set(metric, text);
        }
        output.header(text.header);
        for (const block of text.blocks()) {
          block.refresh(text.figures);
          output.block(block);
          if (slice.over) await slice.pause();
        }
      }
      if (slice.over) await slice.pause();
    }
    if (view.format === 'openmetrics') output.text('# EOF\n');
    else if (first) output.text('\n');
  }

  #kept(view: TextView): KeptView {
    const nowMs = this.#clock.nowMs();
    for (const [other, { usedMs }] of this.#views) {
      if (other !== view.format && nowMs - usedMs > KEEP_MS) this.#views.delete(other);
    }
    let kept = this.#views.get(view.format);
    if (kept === undefined) {
      kept = { texts: new WeakMap(), usedMs: nowMs, lastBytes: 0 };
      this.#views.set(view.format, kept);
    }
    kept.usedMs = nowMs;
    return kept;
  }
}

function foreignText(metric: RegistryMetric, values: MetricValues, view: TextView): string {
  const family = familyOf(metric, values, view.defaultLabels, view.format);
  const text = writeText([family], view.format);
  return view.format === 'openmetrics' ? text.slice(0, -'# EOF\n'.length) : text;
}
