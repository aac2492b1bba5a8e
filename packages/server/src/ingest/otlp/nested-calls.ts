/**
 * Keeps a call from being counted at two levels. A framework's span around the span of
 * the provider's client says the same call again, with the same tokens: the inner one
 * counts. Where the outer one was counted before the inner one came, as when another
 * service reports it, the inner one does not count.
 *
 * Children end before their parents, and so are exported before them or together. What
 * was seen is remembered for the last spans only; see docs/start/opentelemetry.md.
 */

/** Spans that are remembered, in each of two generations. */
const REMEMBERED = 65_536;

/** A span as far as nesting goes. */
export interface NestedSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly endNanos: bigint;
  /** What it is a call for; null if it is none. Only calls for the same stand for each other. */
  readonly call: 'embeddings' | 'generation' | null;
  /** Whether it says how many tokens it took. One that does not cannot stand for one that may. */
  readonly hasUsage: boolean;
}

/** A set that forgets its oldest members, some at a time. */
class RecentSet {
  #young = new Set<string>();
  #old = new Set<string>();

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    if (this.#young.size >= REMEMBERED) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }
}

export class NestedCalls {
  /** Spans below which a call was counted, by what it was for. */
  readonly #above = new RecentSet();
  /** Calls that were counted, and spans below them. */
  readonly #below = new RecentSet();

  /** Which of the spans of a request count, by their position. */
  counted(spans: readonly NestedSpan[]): boolean[] {
    const counts = spans.map(() => false);
    const order = spans.map((_, i) => i);
    if (spans.some(({ endNanos }, i) => i > 0 && endNanos < (spans[i - 1]?.endNanos ?? 0n)))
      order.sort((a, b) => compare(spans[a]?.endNanos ?? 0n, spans[b]?.endNanos ?? 0n));
    for (const i of order) {
      const span = spans[i];
      if (span !== undefined) counts[i] = this.#see(span);
    }
    return counts;
  }

  #see({ spanId, parentSpanId, call, hasUsage }: NestedSpan): boolean {
    let counts = call !== null;
    for (const kind of kinds) {
      const isAbove = this.#above.has(kind + spanId);
      const isBelow = parentSpanId !== '' && this.#below.has(kind + parentSpanId);
      if (call === kind && (isAbove || isBelow)) counts = false;
      const takes = isAbove || (call === kind && hasUsage);
      if (takes && parentSpanId !== '') this.#above.add(kind + parentSpanId);
      if (isBelow || (call === kind && counts && hasUsage)) this.#below.add(kind + spanId);
    }
    return counts;
  }
}

const kinds = ['generation', 'embeddings'] as const;

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
