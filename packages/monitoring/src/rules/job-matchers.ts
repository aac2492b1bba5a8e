/**
 * Which job a family is asked of. Families that both the server and applications
 * record are asked of the server, since added together they would count twice.
 */

import type { FamilyDeclaration } from '@bellwether/events';
import { jobMatcher } from '../promql/select.ts';
import type { MonitoringSettings } from '../settings.ts';

/** Gives the matchers of the job for a family. */
export function matchersOf({
  serverJob,
  applicationJob,
}: Pick<MonitoringSettings, 'serverJob' | 'applicationJob'>): (family: FamilyDeclaration) => string[] {
  return ({ recordedBy }) => [jobMatcher(recordedBy.includes('server') ? serverJob : applicationJob)];
}
