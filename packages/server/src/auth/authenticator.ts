/** Whose token a request carries: one that is kept, one of the configuration, or the server's own. */

import type { Clock } from '../clock.ts';
import type { KeptTokens } from './kept-tokens.ts';
import { LOCAL_ID, type Principal, type Role, roles } from './principal.ts';
import type { StoredToken } from './token-store.ts';
import { hashToken, idOfToken, isSameHash } from './token-text.ts';

/** A token that the configuration gives. */
export interface StaticToken {
  readonly name: string;
  readonly text: string;
  readonly roles: readonly Role[];
}

export interface AuthenticatorOptions {
  readonly tokens: KeptTokens;
  readonly clock: Clock;
  /** The token that the server's note gives to commands on this machine. */
  readonly localToken: string;
  readonly staticTokens: () => readonly StaticToken[];
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #localHash: Buffer;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#localHash = hashToken(options.localToken);
  }

  /** True if there is or ever was any token: from then on nobody is let in without one. */
  get configured(): boolean {
    return this.#options.tokens.any || this.#options.staticTokens().length > 0;
  }

  /** Whose token this is; null for one that is unknown, expired or revoked. */
  principalOf(text: string): Principal | null {
    const hash = hashToken(text);
    if (isSameHash(hash, this.#localHash))
      return { name: 'command line', id: LOCAL_ID, roles, tenant: null, rateMax: 0 };
    const id = idOfToken(text);
    const token = id === null ? undefined : this.#options.tokens.get(id);
    if (token !== undefined && isSameHash(hash, token.hash)) return this.#inForce(token);
    return this.#staticPrincipal(hash);
  }

  #inForce({ revokedMs, expiresMs, name, id, roles: held, tenant, rateMax }: StoredToken): Principal | null {
    if (revokedMs !== null) return null;
    if (expiresMs !== null && expiresMs <= this.#options.clock.nowMs()) return null;
    return { name, id, roles: held, tenant, rateMax };
  }

  #staticPrincipal(hash: Buffer): Principal | null {
    let found: Principal | null = null;
    // All of them, so that the time tells nothing of which one it was.
    for (const { name, text, roles: held } of this.#options.staticTokens()) {
      if (isSameHash(hash, hashToken(text)))
        found ??= { name, id: name, roles: held, tenant: null, rateMax: null };
    }
    return found;
  }
}
