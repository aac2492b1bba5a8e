/**
 * Counts the series that each source sends, and refuses new ones beyond a bound: a
 * label with a request's id in it would otherwise make a series of every request. What
 * a source has not sent for an hour or two makes room again.
 */

/** How long a series counts at the least after it was sent. */
const GENERATION_MS = 3_600_000;
/** Sources at most: each could bring its bound of series. */
const SOURCES_MAX = 1000;
/** Series of all sources together, some 60 bytes each. */
const SERIES_MAX = 500_000;

/** The series of one source, by hash: those of this hour, and those of the one before. */
interface Source {
  young: Set<number>;
  old: Set<number>;
}

export class ActiveSeries {
  readonly #seriesPerSourceMax: number;
  readonly #sources = new Map<string, Source>();
  #series = 0;
  #turnedMs = 0;

  /** @param seriesPerSourceMax series of one source at most. */
  constructor(seriesPerSourceMax: number) {
    this.#seriesPerSourceMax = seriesPerSourceMax;
  }

  /** Series that count now. */
  get size(): number {
    return this.#series;
  }

  /** Whether a series of a source may be kept; it counts from now on if so. */
  admit(source: string, name: string, labels: string, nowMs: number): boolean {
    this.#turn(nowMs);
    const known = this.#sources.get(source) ?? this.#open(source);
    if (known === null) return false;
    const key = hashOf(name, labels);
    if (known.young.has(key)) return true;
    if (!known.old.delete(key)) {
      if (known.young.size + known.old.size >= this.#seriesPerSourceMax || this.#series >= SERIES_MAX)
        return false;
      this.#series += 1;
    }
    known.young.add(key);
    return true;
  }

  #open(name: string): Source | null {
    if (this.#sources.size >= SOURCES_MAX) return null;
    const source = { young: new Set<number>(), old: new Set<number>() };
    this.#sources.set(name, source);
    return source;
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#turnedMs < GENERATION_MS) return;
    this.#turnedMs = nowMs;
    this.#series = 0;
    for (const [name, source] of this.#sources) {
      source.old = source.young;
      source.young = new Set();
      this.#series += source.old.size;
      if (source.old.size === 0) this.#sources.delete(name);
    }
  }
}

/** 52 bits of FNV-1a, from two halves with different beginnings: series that share one are one in the count, no more. */
function hashOf(name: string, labels: string): number {
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (const text of [name, '\u0000', labels]) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
    }
  }
  return (low >>> 0) * 2 ** 20 + (high >>> 12);
}
