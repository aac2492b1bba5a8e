/**
 * A series of a gauge that shows something of late, and is absent while there is
 * nothing to show: no requests have no mean.
 */

/** The series while it is there. */
interface Shown {
  set(value: number): void;
}

/** One such series. */
export class SlidingGauge {
  readonly #open: () => Shown;
  readonly #remove: () => void;
  #series: Shown | undefined;

  constructor(open: () => Shown, remove: () => void) {
    this.#open = open;
    this.#remove = remove;
    remove();
  }

  /** The series of a label set. */
  static of<L>(gauge: { labels(labels: L): Shown; remove(labels: L): void }, labels: L): SlidingGauge {
    return new SlidingGauge(
      () => gauge.labels(labels),
      () => gauge.remove(labels),
    );
  }

  /** The one series of a gauge without labels. */
  static only(gauge: Shown & { remove(): void }): SlidingGauge {
    return new SlidingGauge(
      () => gauge,
      () => gauge.remove(),
    );
  }

  /** Shows a figure, or nothing if it is NaN. */
  show(value: number): void {
    if (!Number.isNaN(value)) {
      this.#series ??= this.#open();
      this.#series.set(value);
    } else if (this.#series !== undefined) {
      this.#remove();
      this.#series = undefined;
    }
  }
}
