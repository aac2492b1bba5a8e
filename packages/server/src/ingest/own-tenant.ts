/** What somebody may send who is restricted to one tenant. */

import { BellwetherError } from '@bellwether/events';

/**
 * Holds what was sent against the only tenant that its sender may write; what names no tenant becomes that one's.
 *
 * @param tenant null for whoever may write for all.
 * @throws BellwetherError `forbidden` for another tenant.
 */
export function ownOf<Sent extends { readonly tenant: string }>(tenant: string | null, sent: Sent): Sent {
  if (tenant === null || sent.tenant === tenant) return sent;
  if (sent.tenant === '') return { ...sent, tenant };
  throw new BellwetherError('forbidden', 'The token is for another tenant.', { field: 'tenant' });
}
