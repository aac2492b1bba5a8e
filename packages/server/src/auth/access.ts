/**
 * Decides whether a request is answered. One place, one order: which page sent it,
 * which name it is for, what the route needs, whose token it carries, how much that
 * token may send.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { Authenticator } from './authenticator.ts';
import { tokenIn } from './credentials.ts';
import { isLoopback } from './exposure.ts';
import { isCrossSite, isLocalHost, type PageHeaders } from './hosts.ts';
import { ADDRESS_PREFIX, mayActAs, type Principal, type Role, roles } from './principal.ts';
import { RateLimit } from './rate-limit.ts';
import { entryOf } from './route-table.ts';

/** What the configuration says of access; asked anew for each request, since it may change. */
export interface AccessRules {
  /** On a loopback address without any token, everything is answered. */
  readonly openOnLoopback: boolean;
  /** Metrics and health are answered without a token. */
  readonly openMonitoring: boolean;
  /** Names beside those of this machine by which an open server may be called. */
  readonly hosts: readonly string[];
  /** Origins whose pages may use the API. */
  readonly corsOrigins: readonly string[];
  /** Requests a second of one token; 0 is any number. */
  readonly ratePerSecondMax: number;
}

export interface AccessOptions {
  readonly authenticator: Authenticator;
  readonly rules: () => AccessRules;
  /** The address that the server listens on. */
  readonly host: string;
  readonly clock: Clock;
}

/** What is known of a request before its body is read. */
export interface Asked {
  readonly method: string;
  /** The pattern of the route; undefined if none matches. */
  readonly pattern: string | undefined;
  /** Of whoever is connected. */
  readonly address: string;
  readonly headers: PageHeaders & { readonly authorization?: string | undefined };
}

/** The answer: who it is, or that it is nobody, with the seconds after which that may change. */
export type Judgement =
  | { readonly principal: Principal }
  | { readonly refusal: BellwetherError; readonly retryAfterSeconds?: number };

/** Wrong tokens that one address may send a second before it has to wait. */
const WRONG_TOKENS_PER_SECOND = 5;

const writes = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);

export class Access {
  readonly #options: AccessOptions;
  readonly #rate = new RateLimit();
  readonly #wrong = new RateLimit();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** True if a request without a token gets no more than monitoring. */
  get needsTokens(): boolean {
    const { authenticator, rules, host } = this.#options;
    return authenticator.configured || !isLoopback(host) || !rules().openOnLoopback;
  }

  /** Judges a request. */
  judge(asked: Asked): Judgement {
    const rules = this.#options.rules();
    const { method, pattern, headers } = asked;
    if (writes(method) && isCrossSite(headers, rules.corsOrigins))
      return refused('forbidden', 'A page of another site may not do this; see access.cors_origins.');
    const needsTokens = this.needsTokens;
    if (!needsTokens && !isLocalHost(headers.host, rules.hosts))
      return refused('forbidden', 'The server does not answer by this name; see access.hosts.');
    // Where there is no route, that much is told to whoever may read.
    const { need, tenant } = pattern === undefined ? nowhere : entryOf(method, pattern);
    if (need === 'probe') return { principal: this.#prober(asked, rules, needsTokens) };
    if (need === 'monitoring' && rules.openMonitoring) return { principal: anyone(asked.address, ['read']) };
    const identified = this.#identify(asked, needsTokens);
    if ('refusal' in identified) return identified;
    const { principal } = identified;
    const late = this.#rate.take(principal.id, principal.rateMax ?? rules.ratePerSecondMax, this.#nowMs());
    if (late > 0) return { ...refused('rate_limited'), retryAfterSeconds: late };
    const role: Role = need === 'monitoring' ? 'read' : need;
    if (pattern !== undefined && !mayActAs(principal, role))
      return refused('forbidden', `The token does not have the role ${role}.`);
    if (principal.tenant !== null && tenant === 'refused')
      return refused('forbidden', 'The token is for one tenant, and this is of all.');
    return identified;
  }

  /** Who probes: never refused, and with the role `read` if monitoring is theirs to see. */
  #prober(asked: Asked, { openMonitoring }: AccessRules, needsTokens: boolean): Principal {
    if (openMonitoring) return anyone(asked.address, ['read']);
    const identified = this.#identify(asked, needsTokens);
    return 'principal' in identified ? identified.principal : anyone(asked.address, []);
  }

  #identify({ headers, address }: Asked, needsTokens: boolean): Judgement {
    const text = tokenIn(headers.authorization);
    const principal = text === null ? null : this.#options.authenticator.principalOf(text);
    if (principal !== null) return { principal };
    if (!needsTokens) return { principal: anyone(address, roles) };
    if (text === null) return refused('unauthorized');
    const late = this.#wrong.take(address, WRONG_TOKENS_PER_SECOND, this.#nowMs());
    return late > 0 ? { ...refused('rate_limited'), retryAfterSeconds: late } : refused('unauthorized');
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

const nowhere = { need: 'read', tenant: 'filtered' } as const;

function refused(...detail: ConstructorParameters<typeof BellwetherError>) {
  return { refusal: new BellwetherError(...detail) };
}

/** Somebody without a token. */
function anyone(address: string, held: readonly Role[]): Principal {
  return { name: 'anonymous', id: `${ADDRESS_PREFIX}${address}`, roles: held, tenant: null, rateMax: 0 };
}
