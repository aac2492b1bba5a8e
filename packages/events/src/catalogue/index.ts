/** The catalogue: every metric family, declared once. */

import { alertingPack } from './alerting.ts';
import { businessHistory, businessPack, businessRoi, revenueForecasts } from './business.ts';
import {
  costAnalysed,
  costForecasts,
  costModels,
  costPack,
  costRecommendations,
  costUtilization,
} from './cost.ts';
import type { FamilyDeclaration, Source } from './family.ts';
import {
  backupPack,
  capacityPack,
  integrityPack,
  clientIdlePack,
  clientPack,
  collectorsPack,
  deploymentsPack,
  frameworkErrors,
  accuracyPack,
  frameworkPack,
  shipperPack,
  federationPack,
  sqlExportPack,
} from './framework.ts';
import { genAiClientPack, genAiServerPack } from './gen-ai.ts';
import { llmBudgets, llmPack } from './llm.ts';
import { modelServerPack } from './model-servers.ts';
import { loadBalancerPack } from './load-balancer/index.ts';
import { platformPack } from './platform/index.ts';
import { completionsPack, pluginsPack } from './probes.ts';
import { protocolsPack } from './protocols.ts';
import { usersAdoption, usersHistory, usersPatterns, usersSatisfaction } from './users.ts';

/** All families, in the order of the packs. */
export const catalogue: readonly FamilyDeclaration[] = [
  llmPack(),
  llmBudgets,
  genAiClientPack,
  genAiServerPack,
  modelServerPack,
  ...loadBalancerPack,
  ...platformPack,
  businessPack,
  businessRoi,
  businessHistory,
  revenueForecasts,
  costPack,
  costModels,
  costUtilization,
  costRecommendations,
  costForecasts,
  costAnalysed,
  usersAdoption,
  usersPatterns,
  usersSatisfaction,
  usersHistory,
  frameworkPack,
  protocolsPack,
  frameworkErrors,
  accuracyPack,
  backupPack,
  capacityPack,
  integrityPack,
  collectorsPack,
  completionsPack,
  pluginsPack,
  deploymentsPack,
  federationPack,
  sqlExportPack,
  alertingPack,
  clientPack,
  clientIdlePack,
  shipperPack,
].flatMap((declarations) => Object.values(declarations));

/** The families that a source records. */
export function recordedBy(source: Source): FamilyDeclaration[] {
  return catalogue.filter((family) => family.recordedBy.includes(source));
}
