/**
 * What probes have cost on each day, UTC. A request is booked with the most that it
 * may cost before it is sent, and corrected when its answer is there, so that neither
 * a crash nor an answer that never comes lets a probe go beyond its limit.
 */

import type { PicoUsd } from '@bellwether/events';
import type { StateDatabase, StatePart } from '../../state/state-database.ts';

/** The table of it. */
export const probeSpendStatePart: StatePart = {
  name: 'completion_probes',
  migrations: [
    {
      version: 1,
      name: 'spend',
      sql: `CREATE TABLE completion_probe_spend (
  probe TEXT NOT NULL, day TEXT NOT NULL, pico_usd TEXT NOT NULL, PRIMARY KEY (probe, day)) STRICT;`,
    },
  ],
};

export class ProbeSpend {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** What a probe has spent on a day. */
  spent(probe: string, day: string): PicoUsd {
    const row = this.#state.read(() =>
      this.#state.connection
        .prepare('SELECT pico_usd FROM completion_probe_spend WHERE probe = ? AND day = ?')
        .get(probe, day),
    );
    return BigInt(String(row?.['pico_usd'] ?? '0'));
  }

  /** Books an amount if it leaves the day below the limit; false if not. */
  book(probe: string, day: string, amount: PicoUsd, max: PicoUsd): boolean {
    return this.#state.write(() => {
      const spent = this.spent(probe, day);
      if (spent + amount > max || spent >= max) return false;
      this.#set(probe, day, spent + amount);
      // Days that are past bound nothing any more.
      this.#state.connection
        .prepare('DELETE FROM completion_probe_spend WHERE probe = ? AND day < ?')
        .run(probe, day);
      return true;
    });
  }

  /** Corrects what was booked by what it has come to. */
  correct(probe: string, day: string, difference: PicoUsd): void {
    if (difference === 0n) return;
    this.#state.write(() => {
      const spent = this.spent(probe, day) + difference;
      this.#set(probe, day, spent < 0n ? 0n : spent);
    });
  }

  #set(probe: string, day: string, amount: PicoUsd): void {
    this.#state.connection
      .prepare(
        'INSERT INTO completion_probe_spend (probe, day, pico_usd) VALUES (?, ?, ?) ON CONFLICT (probe, day) DO UPDATE SET pico_usd = excluded.pico_usd',
      )
      .run(probe, day, String(amount));
  }
}
