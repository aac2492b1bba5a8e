/**
 * Every application of the demo. Their shares are of the month's requests and sum
 * to 1.
 */

import type { ApplicationSpec } from './application-spec.ts';
import { codeAssistant, evaluation, helpdesk } from './tenants/harbour.ts';
import { contracts, invoices, search } from './tenants/lumen.ts';
import { moderation, research, shopAdvisor } from './tenants/meridian.ts';
import { copyStudio, reportWriter } from './tenants/orchard.ts';

/** The applications, in the order that their requests' ids number them: add new ones at the end. */
export const demoApplications: readonly ApplicationSpec[] = [
  helpdesk,
  codeAssistant,
  invoices,
  search,
  copyStudio,
  reportWriter,
  shopAdvisor,
  moderation,
  research,
  contracts,
  evaluation,
];
