/** Who asks, and what that permits. */

import { BellwetherError } from '@bellwether/events';

/** What a token permits. `admin` includes everything, `operate` includes `read`. */
export const roles = ['ingest', 'read', 'operate', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who sent a request. */
export interface Principal {
  /** What the audit log and the log call it. */
  readonly name: string;
  /** What its requests are counted by: the id of a token, or an address. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** The only tenant whose rows it writes and sees; null for all. */
  readonly tenant: string | null;
  /** Requests a second that it may send; null: as configured, 0: any number. */
  readonly rateMax: number | null;
}

const included: Readonly<Record<Role, readonly Role[]>> = {
  ingest: ['ingest'],
  read: ['read'],
  operate: ['operate', 'read'],
  admin: roles,
};

/** Whether somebody may do what a role is needed for. */
export function mayActAs(principal: Principal, role: Role): boolean {
  return principal.roles.some((held) => included[held].includes(role));
}

/**
 * Whom to hold to account for a deed. Whoever is on this machine, or on a server without tokens, may say who they are;
 * somebody with a token is who the token says.
 *
 * @param said the name that the request gives; `api` if it gives none.
 */
export function actorOf(principal: Pick<Principal, 'id' | 'name'>, said = 'api'): string {
  return principal.id === LOCAL_ID || principal.id.startsWith(ADDRESS_PREFIX) ? said : principal.name;
}

/** The id of commands on this machine. */
export const LOCAL_ID = 'local';
/** What the ids of senders without a token begin with; no other id does. */
export const ADDRESS_PREFIX = 'address ';

/** True for the name of a role. */
export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}

/**
 * Holds a tenant that a request names against the one its sender is restricted to.
 *
 * @param tenant what the request says; undefined or empty if it says nothing.
 * @returns the tenant to go by; null for all.
 * @throws BellwetherError `forbidden` for another tenant.
 */
export function tenantFor(principal: Pick<Principal, 'tenant'>, tenant?: string): string | null {
  const named = tenant === undefined || tenant === '' ? null : tenant;
  if (principal.tenant === null) return named;
  if (named !== null && named !== principal.tenant)
    throw new BellwetherError('forbidden', 'The token is for another tenant.', { field: 'tenant' });
  return principal.tenant;
}
