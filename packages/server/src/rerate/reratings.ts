/**
 * Re-rating: the explicit, accounted way to change what past requests cost. What
 * would change is worked out first; it is applied only under the name of exactly
 * these changes, the former charge of each row is kept, and it can be taken back.
 */

import { randomBytes } from 'node:crypto';
import { BellwetherError } from '@bellwether/events';
import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../clock.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Pricer } from '../pricing/index.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { type ChangedCharge, type PricedAgain, priceAgain } from './price-again.ts';
import { Difference } from './difference.ts';
import { chargeLine, formerCharges } from './rerated-charges.ts';
import type { RerateDifference, RerateRequest } from './request.ts';
import { ratingStatePart, RatingStore, type Rerating } from './rerating-store.ts';
import { monthOf, rewriteMonth } from './rewrite.ts';

/** Rows of one insert. */
const INSERT_ROWS = 10_000;

export interface RatingsOptions {
  readonly dataDirectory: string;
  readonly ledger: Ledger;
  readonly pricer: () => Pricer;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<AuditLog, 'append'>;
}

/** Re-ratings of a ledger. */
export class Reratings {
  readonly #options: RatingsOptions;
  readonly #store: RatingStore;
  #busy = false;

  /** Throws `StateError` if the state cannot be opened. */
  constructor(options: RatingsOptions) {
    this.#options = options;
    const { dataDirectory: dataDir, clock } = options;
    this.#store = new RatingStore(openStateDatabase({ dataDir, clock, parts: [ratingStatePart] }));
  }

  /** What was re-rated so far, oldest first. */
  list(): Rerating[] {
    return this.#store.list();
  }

  /** Works out what would change, and changes nothing. */
  async preview(request: RerateRequest): Promise<RerateDifference> {
    const difference = new Difference(request);
    for await (const priced of this.#priceAgain(request)) difference.add(priced);
    return difference.report;
  }

  /**
   * Changes the charges as a preview has shown.
   *
   * @param plan the name that the preview gave.
   * @throws BellwetherError `plan_changed` if something else would change now, `busy` while another one runs.
   */
  async apply(request: RerateRequest, plan: string, actor: string): Promise<Rerating> {
    return this.#alone(async () => {
      const text = JSON.stringify({ ...describe(request) });
      return this.#applyChanges(this.#priceAgain(request), request, {
        plan,
        actor,
        undoes: null,
        request: text,
      });
    });
  }

  /**
   * Gives the rows of a re-rating their former charges, unless they have been given others since.
   *
   * @throws BellwetherError `not_found`, or `plan_changed` if it was taken back or nothing of it is left.
   */
  async undo(id: string, actor: string): Promise<Rerating> {
    return this.#alone(async () => {
      const rating = this.list().find((one) => one.id === id);
      if (rating === undefined) throw new BellwetherError('not_found', 'There is no re-rating of that name.');
      if (rating.status !== 'applied')
        throw new BellwetherError('plan_changed', 'This re-rating has been taken back already.');
      const everything = { range: { from: null, to: null }, provider: null, model: null, unpriced: false };
      const changes = formerCharges(this.#options.ledger.connection, id);
      return this.#applyChanges(changes, everything, {
        plan: null,
        actor,
        undoes: id,
        request: rating.request,
      });
    });
  }

  /** Ends what a crash has interrupted. Call it once, when the ledger can be asked; it does not reject. */
  async resume(): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#alone(async () => undefined);
    } catch (error) {
      log.error(
        { problem: String(error) },
        'a re-rating that was interrupted could not go on; the next start tries again',
      );
    }
  }

  close(): void {
    this.#store.close();
  }

  /** Runs `work` while no other re-rating is under way, and after one that was interrupted has come to its end. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy) throw new BellwetherError('busy', 'Another re-rating is under way.');
    const end = this.#options.ledger.longWork.begin('A re-rating');
    this.#busy = true;
    try {
      for (const rating of this.list().filter(({ status }) => status === 'applying'))
        await this.#rewrite(rating);
      return await work();
    } finally {
      this.#busy = false;
      end();
    }
  }

  #priceAgain(request: RerateRequest): AsyncIterable<PricedAgain> {
    const { ledger, pricer } = this.#options;
    return priceAgain(ledger.connection, pricer(), request);
  }

  async #applyChanges(
    changes: AsyncIterable<PricedAgain>,
    request: RerateRequest,
    {
      plan,
      actor,
      undoes,
      request: text,
    }: Pick<Rerating, 'actor' | 'undoes' | 'request'> & { readonly plan: string | null },
  ): Promise<Rerating> {
    const { clock } = this.#options;
    const id = randomBytes(6).toString('hex');
    const difference = new Difference(request);
    const months = new Set<number>();
    try {
      for await (const priced of changes) {
        difference.add(priced);
        for (const { row } of priced.changed) months.add(Number(row.at.slice(0, 7).replace('-', '')));
        await this.#keep(id, priced.changed);
      }
      const { report } = difference;
      if (plan !== null && report.plan !== plan)
        throw new BellwetherError(
          'plan_changed',
          'Something else would change now; look at the difference again.',
        );
      if (report.total.events === 0) throw new BellwetherError('plan_changed', 'There is nothing to change.');
      const rating: Rerating = {
        id,
        at: new Date(clock.nowMs()).toISOString(),
        actor,
        undoes,
        request: text,
        plan: report.plan,
        events: report.total.events,
        difference_usd: report.total.difference_usd,
        partitions: [...months].toSorted((a, b) => a - b),
        done: [],
        status: 'applying',
      };
      // From here on it is decided: a crash does not take it back.
      this.#store.add(rating);
      return await this.#rewrite(rating);
    } catch (error) {
      if (!this.list().some((one) => one.id === id)) await this.#forget(id);
      throw error;
    }
  }

  /** Puts the changes beside the ledger, former charges and new ones. */
  async #keep(id: string, changed: readonly ChangedCharge[]): Promise<void> {
    const { connection } = this.#options.ledger;
    for (let at = 0; at < changed.length; at += INSERT_ROWS) {
      const lines = changed
        .slice(at, at + INSERT_ROWS)
        .map((change) => Buffer.from(`${chargeLine(id, change)}\n`));
      await connection.insertJsonLines(`${LEDGER_DATABASE}.rerated_charges`, lines);
    }
  }

  async #forget(id: string): Promise<void> {
    const { ledger, log } = this.#options;
    await ledger.connection
      .command(`ALTER TABLE ${LEDGER_DATABASE}.rerated_charges DELETE WHERE rerating = '${id}'`)
      .catch((error: unknown) =>
        log.warn({ problem: String(error) }, 'a plan that was given up was left behind'),
      );
  }

  async #rewrite(rating: Rerating): Promise<Rerating> {
    const { ledger, audit } = this.#options;
    const done = [...rating.done];
    for (const month of rating.partitions) {
      if (done.includes(month)) continue;
      await ledger.rowChanges.during([monthOf(month)], () =>
        ledger.exclusively(() => rewriteMonth(ledger.connection, rating.id, month)),
      );
      done.push(month);
      this.#store.noteDone(rating.id, done);
    }
    this.#store.finish(rating);
    const { id, actor, undoes, plan, events, difference_usd } = rating;
    await audit.append({
      actor,
      action: undoes === null ? 'rerate.applied' : 'rerate.undone',
      target: undoes ?? id,
      details: { id, request: rating.request, plan, events, difference_usd },
    });
    return { ...rating, done, status: 'applied' };
  }
}

function describe({ range, provider, model, unpriced }: RerateRequest): object {
  const seconds = (instant: RerateRequest['range']['from']): number | null => instant?.epochSeconds ?? null;
  return { from: seconds(range.from), to: seconds(range.to), provider, model, unpriced };
}
