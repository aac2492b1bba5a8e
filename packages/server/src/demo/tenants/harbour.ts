/** The applications of harbour: a helpdesk in Europe and a code assistant on the American west coast. */

import type { ApplicationSpec } from '../application-spec.ts';

/** Answers customers and sorts their messages; most of its prompt is the same each time. */
export const helpdesk: ApplicationSpec = {
  tenant: 'harbour',
  team: 'support',
  application: 'helpdesk',
  environment: 'production',
  algorithm: 'least_latency',
  utcOffsetHours: 1,
  rhythm: 'office',
  share: 0.14,
  usersTotal: 720,
  deployment: 'helpdesk-4.2.0',
  monthlyGrowth: 0.15,
  tasks: [
    {
      taskType: 'generation',
      share: 0.7,
      models: { gpt5Mini: 0.65, haiku: 0.35 },
      inputMedian: 1900,
      inputSigma: 0.6,
      outputMedian: 170,
      outputSigma: 0.7,
      prefixTokens: 1280,
      revenueUsd: '0.02',
      interactive: true,
    },
    {
      taskType: 'classification',
      share: 0.3,
      models: { gpt41Mini: 0.6, mistralSmall: 0.4 },
      inputMedian: 420,
      inputSigma: 0.5,
      outputMedian: 8,
      outputSigma: 0.4,
      revenueUsd: '0.002',
      interactive: false,
    },
  ],
};

/** Writes and reviews code in the editor: long prompts, expensive models, few people. */
export const codeAssistant: ApplicationSpec = {
  tenant: 'harbour',
  team: 'engineering',
  application: 'code-assistant',
  environment: 'production',
  algorithm: 'quality',
  utcOffsetHours: -8,
  rhythm: 'office',
  share: 0.11,
  usersTotal: 340,
  deployment: 'code-assistant-7.0.3',
  monthlyGrowth: 0.25,
  tasks: [
    {
      taskType: 'code',
      share: 0.85,
      models: { sonnet: 0.55, gpt5: 0.3, opus: 0.15 },
      inputMedian: 5200,
      inputSigma: 1,
      outputMedian: 260,
      outputSigma: 0.9,
      prefixTokens: 4096,
      interactive: true,
    },
    {
      taskType: 'review',
      share: 0.15,
      models: { opus: 0.4, gpt5: 0.6 },
      inputMedian: 7800,
      inputSigma: 0.9,
      outputMedian: 520,
      outputSigma: 0.6,
      prefixTokens: 2048,
      interactive: false,
    },
  ],
};

/** Runs the code assistant’s test set in staging, day and night. */
export const evaluation: ApplicationSpec = {
  ...codeAssistant,
  application: 'evaluation',
  environment: 'staging',
  algorithm: 'round_robin',
  rhythm: 'steady',
  share: 0.05,
  usersTotal: 4,
  deployment: 'evaluation-1.0.0',
  monthlyGrowth: 0,
  tasks: codeAssistant.tasks.map((task) => Object.assign({}, task, { interactive: false })),
};
