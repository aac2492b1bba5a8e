/** All dashboards, in the order in which they are listed. */

import type { BoardDeclaration } from '../board.ts';
import { bellwether } from './bellwether.ts';
import { budgets } from './budgets.ts';
import { business } from './business.ts';
import { llmCost } from './llm-cost.ts';
import { loadBalancer } from './load-balancer.ts';
import { models } from './models.ts';
import { overview } from './overview.ts';
import { platform } from './platform.ts';
import { slo } from './slo.ts';
import { tasks } from './tasks.ts';

/** All of them. */
export const boards: readonly BoardDeclaration[] = [
  llmCost,
  overview,
  loadBalancer,
  tasks,
  models,
  business,
  slo,
  budgets,
  platform,
  bellwether,
];
