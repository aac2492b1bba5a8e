/** The catalogue: every metric family, declared once. */

import { businessPack, costPack } from './business.ts';
import type { FamilyDeclaration } from './family.ts';
import { frameworkPack } from './framework.ts';
import { llmPack } from './llm.ts';

/** All families, in the order of the packs. */
export const catalogue: readonly FamilyDeclaration[] = [
  llmPack(),
  businessPack,
  costPack,
  frameworkPack,
].flatMap((declarations) => Object.values(declarations));
