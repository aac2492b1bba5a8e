/** Tokens on disk: everything but the tokens themselves. */

import type { SQLOutputValue } from 'node:sqlite';
import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { openStateDatabase, type StateDatabase, type StatePart } from '../state/state-database.ts';
import { isRole, type Role } from './principal.ts';
import { makeToken } from './token-text.ts';

/** A token as it is kept. */
export interface StoredToken {
  readonly id: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly roles: readonly Role[];
  readonly tenant: string | null;
  readonly rateMax: number | null;
  /** Epoch milliseconds. */
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
}

/** What a new token is to be. */
export interface TokenRequest {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly tenant: string | null;
  readonly rateMax: number | null;
  readonly expiresMs: number | null;
}

/** Tokens that are kept, revoked ones among them. */
export const TOKENS_MAX = 10_000;

const statePart: StatePart = {
  name: 'tokens',
  migrations: [
    {
      version: 1,
      name: 'tokens',
      sql: `CREATE TABLE tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL, roles TEXT NOT NULL, tenant TEXT,
  rate_max REAL, created_ms INTEGER NOT NULL, expires_ms INTEGER, revoked_ms INTEGER) STRICT;
CREATE TABLE token_changes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO token_changes VALUES (1, 0);`,
    },
  ],
};

/** The tokens of a data directory. */
export class TokenStore {
  readonly #state: StateDatabase;
  readonly #clock: Clock;

  /** @throws {StateError} as `openStateDatabase`. */
  constructor(dataDir: string, clock: Clock) {
    this.#clock = clock;
    this.#state = openStateDatabase({ dataDir, clock, parts: [statePart] });
  }

  /** A number that is another one after every change, by whichever process. */
  changes(): number {
    return this.#state.read(() =>
      Number(this.#state.connection.prepare('SELECT count FROM token_changes').get()?.['count']),
    );
  }

  list(): StoredToken[] {
    return this.#state.read(() =>
      this.#state.connection
        .prepare(`SELECT * FROM tokens ORDER BY created_ms, id LIMIT ${TOKENS_MAX}`)
        .all()
        .map(tokenOf),
    );
  }

  /**
   * Makes a token.
   *
   * @returns the token and its text, which is nowhere else.
   * @throws BellwetherError `out_of_range` if there are {@link TOKENS_MAX}.
   */
  create(request: TokenRequest): { readonly token: StoredToken; readonly text: string } {
    const { id, text, hash } = makeToken();
    const token: StoredToken = { ...request, id, hash, createdMs: this.#clock.nowMs(), revokedMs: null };
    this.#change(({ connection }) => {
      const count = Number(connection.prepare('SELECT count(*) AS n FROM tokens').get()?.['n']);
      if (count >= TOKENS_MAX)
        throw new BellwetherError('out_of_range', `There are ${TOKENS_MAX} tokens already.`);
      connection
        .prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)')
        .run(
          id,
          token.name,
          hash,
          JSON.stringify(token.roles),
          token.tenant,
          token.rateMax,
          token.createdMs,
          token.expiresMs,
        );
    });
    return { token, text };
  }

  /**
   * Revokes a token by its id or, if only one has it, its name. It stays listed, as revoked.
   *
   * @throws BellwetherError `not_found`; `invalid_parameter` if several have that name.
   */
  revoke(idOrName: string): StoredToken {
    return this.#change(({ connection }) => {
      const found = connection
        .prepare(
          'SELECT * FROM tokens WHERE id = ? OR (name = ? AND revoked_ms IS NULL) ORDER BY id = ? DESC LIMIT 2',
        )
        .all(idOrName, idOrName, idOrName)
        .map(tokenOf);
      const [token, other] = found;
      if (token === undefined)
        throw new BellwetherError('not_found', 'There is no token of that id or name.');
      if (token.id !== idOrName && other !== undefined)
        throw new BellwetherError(
          'invalid_parameter',
          'Several tokens have that name; revoke one by its id.',
        );
      if (token.revokedMs !== null) return token;
      const revokedMs = this.#clock.nowMs();
      connection.prepare('UPDATE tokens SET revoked_ms = ? WHERE id = ?').run(revokedMs, token.id);
      return { ...token, revokedMs };
    });
  }

  close(): void {
    this.#state.close();
  }

  #change<R>(work: (state: StateDatabase) => R): R {
    return this.#state.write(() => {
      const result = work(this.#state);
      this.#state.connection.exec('UPDATE token_changes SET count = count + 1');
      return result;
    });
  }
}

function tokenOf(row: Record<string, SQLOutputValue>): StoredToken {
  const number = (value: unknown): number | null => (value === null ? null : Number(value));
  return {
    id: String(row['id']),
    name: String(row['name']),
    hash: Buffer.from(row['hash'] as Uint8Array),
    roles: readRoles(String(row['roles'])),
    tenant: row['tenant'] === null ? null : String(row['tenant']),
    rateMax: number(row['rate_max']),
    createdMs: Number(row['created_ms']),
    expiresMs: number(row['expires_ms']),
    revokedMs: number(row['revoked_ms']),
  };
}

/** A role that this version does not know permits nothing. */
function readRoles(text: string): Role[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.map(String).filter(isRole) : [];
}
