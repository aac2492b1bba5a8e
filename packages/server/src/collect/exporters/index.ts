/** All tables. To know another exporter is to add one. */

import { sglang, tensorrtLlm, tgi, vllm } from './engines.ts';
import type { ExporterTable } from './rule.ts';
import { litellm, ollama, triton } from './servers.ts';

/** The exporters that are known, each with its families and ours. */
export const exporterTables: readonly ExporterTable[] = [
  vllm,
  sglang,
  tgi,
  tensorrtLlm,
  triton,
  ollama,
  litellm,
];

export type { ExporterTable, LabelRule, MappingRule } from './rule.ts';
