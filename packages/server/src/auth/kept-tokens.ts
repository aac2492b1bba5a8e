/**
 * The tokens of a server that must start whatever state its disk is in: where they
 * cannot be opened, no kept token is in force, and it is tried again now and then.
 * A file beside the database says that there are tokens, so that a database which
 * is damaged or gone does not open the server to everybody.
 */

import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type StoredToken, type TokenRequest, TokenStore } from './token-store.ts';

/** The name of the file in the data directory. */
export const TOKENS_FILE = 'tokens.required';

/** How old what is known of the tokens may be, and how often opening is tried. */
const KNOWN_MS_MAX = 250;
const RETRY_MS = 5000;

export interface KeptTokensOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  /** Hears when the tokens cannot be read; what was known stays in force. */
  readonly onProblem: (error: unknown) => void;
}

export class KeptTokens {
  readonly #options: KeptTokensOptions;
  readonly #marker: string;
  #store: TokenStore | null = null;
  #tokens: ReadonlyMap<string, StoredToken> = new Map();
  #changes = -1;
  #nextReadMs = Number.NEGATIVE_INFINITY;
  #marked: boolean;

  constructor(options: KeptTokensOptions) {
    this.#options = options;
    this.#marker = join(options.dataDir, TOKENS_FILE);
    this.#marked = existsSync(this.#marker);
    this.#refresh();
  }

  /** True if there is or ever was any token. */
  get any(): boolean {
    this.#refresh();
    return this.#marked || this.#tokens.size > 0;
  }

  /** The token of that id, revoked or not. */
  get(id: string): StoredToken | undefined {
    this.#refresh();
    return this.#tokens.get(id);
  }

  /** All tokens as they are now. @throws {StateError} */
  list(): StoredToken[] {
    return this.#opened().list();
  }

  /** Makes a token; see {@link TokenStore.create}. */
  create(request: TokenRequest): ReturnType<TokenStore['create']> {
    const created = this.#opened().create(request);
    closeSync(openSync(this.#marker, 'a', 0o600));
    this.#marked = true;
    this.#read();
    return created;
  }

  /** Revokes a token; see {@link TokenStore.revoke}. It is refused from now on. */
  revoke(idOrName: string): StoredToken {
    const revoked = this.#opened().revoke(idOrName);
    this.#read();
    return revoked;
  }

  close(): void {
    this.#store?.close();
    this.#store = null;
  }

  /** @throws {StateError} */
  #opened(): TokenStore {
    const { dataDir, clock } = this.#options;
    this.#store ??= new TokenStore(dataDir, clock);
    return this.#store;
  }

  #refresh(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#nextReadMs) return;
    try {
      this.#read();
    } catch (error) {
      this.#nextReadMs = nowMs + RETRY_MS;
      this.#options.onProblem(error);
    }
  }

  #read(): void {
    const store = this.#opened();
    const changes = store.changes();
    if (changes !== this.#changes) {
      this.#tokens = new Map(store.list().map((token) => [token.id, token]));
      // Another process may have made the first token.
      this.#marked ||= existsSync(this.#marker);
    }
    this.#changes = changes;
    this.#nextReadMs = this.#options.clock.monotonicMs() + KNOWN_MS_MAX;
  }
}
