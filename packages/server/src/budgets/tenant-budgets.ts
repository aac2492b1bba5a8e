/**
 * What somebody who is restricted to a tenant has to do with budgets: those of that
 * tenant alone, and its own entry of those per tenant. Budgets that sum over tenants
 * still refuse a reservation, but tell nothing of what others have spent.
 */

import { BellwetherError } from '@bellwether/events';
import type { Budget } from './budget.ts';

/** Whether a budget may be shown. */
export function isShownTo({ definition }: Budget, tenant: string | null): boolean {
  if (tenant === null) return true;
  const tenants = definition.scope['tenant'];
  if (definition.per === 'tenant') return tenants === undefined || tenants.includes(tenant);
  return tenants?.length === 1 && tenants[0] === tenant;
}

/** The scope of a budget that is shown, without the names of other tenants. */
export function shownScope({ definition: { scope } }: Budget, tenant: string | null): typeof scope {
  return tenant === null || scope['tenant'] === undefined ? scope : { ...scope, tenant: [tenant] };
}

/** The key of a reservation: each tenant has keys of its own. */
export function ownKey(key: string, tenant: string | null): string {
  return tenant === null ? key : JSON.stringify([tenant, key]);
}

/** The same error, without the figures of a budget that may not be shown. */
export function withoutFigures(
  error: unknown,
  budgets: ReadonlyMap<string, Budget>,
  tenant: string | null,
): unknown {
  if (!(error instanceof BellwetherError) || error.code !== 'budget_exceeded') return error;
  const budget = budgets.get(error.place.field ?? '');
  if (budget !== undefined && isShownTo(budget, tenant)) return error;
  return new BellwetherError('budget_exceeded', 'A budget has less left than was asked for.');
}
