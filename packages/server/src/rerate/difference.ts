/** Sums what a re-rating would change, exactly, and names it by its contents. */

import { createHash } from 'node:crypto';
import { formatRfc3339, formatUsd } from '@bellwether/events';
import type { ChangedCharge, PricedAgain } from './price-again.ts';
import type { RerateDifference, RerateFigures, RerateRequest, RerateVersion } from './request.ts';

interface Sums {
  events: number;
  former: bigint;
  next: bigint;
  formerUnpriced: number;
  newUnpriced: number;
}

const noSums = (): Sums => ({ events: 0, former: 0n, next: 0n, formerUnpriced: 0, newUnpriced: 0 });

/** 128 bits: sums of hashes wrap around there. */
const HASH_BITS = 128;

/** Takes changes in and says what they come to. */
export class Difference {
  readonly #request: RerateRequest;
  readonly #groups = new Map<
    string,
    { readonly of: readonly [string, string, string]; readonly sums: Sums }
  >();
  readonly #versions = new Map<string, { readonly of: readonly [string, string]; events: number }>();
  readonly #total = noSums();
  #examined = 0;
  /** The sum of the hashes of all changes, which does not depend on their order. */
  #hash = 0n;

  constructor(request: RerateRequest) {
    this.#request = request;
  }

  add({ examined, changed }: PricedAgain): void {
    this.#examined += examined;
    for (const change of changed) this.#addChange(change);
  }

  get report(): RerateDifference {
    const { range } = this.#request;
    const sorted = [...this.#groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const versions: RerateVersion[] = [...this.#versions.values()].map(
      ({ of: [source, version], events }) => ({
        price_source: source,
        price_version: version,
        events,
      }),
    );
    return {
      from: range.from === null ? null : formatRfc3339(range.from),
      to: range.to === null ? null : formatRfc3339(range.to),
      examined: this.#examined,
      groups: sorted.map(
        ([
          ,
          {
            of: [day, provider, model],
            sums,
          },
        ]) => ({ day, provider, model, ...figuresOf(sums) }),
      ),
      total: figuresOf(this.#total),
      versions: versions.toSorted((a, b) => b.events - a.events),
      plan: `${this.#total.events}-${BigInt.asUintN(HASH_BITS, this.#hash)
        .toString(16)
        .padStart(HASH_BITS / 4, '0')}`,
    };
  }

  #addChange({ row, provider, model, former, new: next }: ChangedCharge): void {
    const of = [row.at.slice(0, 10), provider, model] as const;
    const key = JSON.stringify(of);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { of, sums: noSums() };
      this.#groups.set(key, group);
    }
    for (const sums of [group.sums, this.#total]) {
      sums.events += 1;
      sums.former += former.costPicoUsd ?? 0n;
      sums.next += next.costPicoUsd ?? 0n;
      if (former.costPicoUsd === null) sums.formerUnpriced += 1;
      if (next.costPicoUsd === null) sums.newUnpriced += 1;
    }
    const version = JSON.stringify([next.priceSource, next.priceVersion]);
    const known = this.#versions.get(version);
    if (known === undefined)
      this.#versions.set(version, { of: [next.priceSource, next.priceVersion], events: 1 });
    else known.events += 1;
    const text = JSON.stringify([
      row.journal,
      row.seq,
      String(former.costPicoUsd),
      String(next.costPicoUsd),
      next.priceSource,
      next.priceVersion,
      next.priceId,
    ]);
    this.#hash += BigInt(
      `0x${createHash('sha256')
        .update(text)
        .digest('hex')
        .slice(0, HASH_BITS / 4)}`,
    );
  }
}

function figuresOf({ events, former, next, formerUnpriced, newUnpriced }: Sums): RerateFigures {
  return {
    events,
    former_cost_usd: formatUsd(former),
    new_cost_usd: formatUsd(next),
    difference_usd: formatUsd(next - former),
    former_unpriced: formerUnpriced,
    new_unpriced: newUnpriced,
  };
}
