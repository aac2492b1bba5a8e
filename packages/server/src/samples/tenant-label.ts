/**
 * Whose a sample is: its label `tenant` says so, whether the sender gave it, its resource
 * names the tenant, or its token is for one. A sample without it is nobody's, and only
 * those see it who see all.
 */

import type { Labels } from './sample.ts';

/** The label that names a tenant. */
export const TENANT_LABEL = 'tenant';

/**
 * The labels of a point with whose it is.
 *
 * @param own the only tenant that its sender may write for; null for all.
 * @param named the tenant that its resource names; empty for none. A label of the point goes before it.
 * @returns null if it is of another tenant than the sender's.
 */
export function withTenant(labels: Labels, own: string | null, named: string): Labels | null {
  const given = labels[TENANT_LABEL] ?? '';
  const tenant = given === '' ? named : given;
  if (own !== null && tenant !== '' && tenant !== own) return null;
  const whose = own ?? tenant;
  if (whose === given) return labels;
  const all = Object.entries({ ...labels, [TENANT_LABEL]: whose });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
