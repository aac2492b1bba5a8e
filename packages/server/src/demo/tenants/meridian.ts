/** The applications of meridian: a shop and its moderation in Singapore, and research in India. */

import type { ApplicationSpec } from '../application-spec.ts';

/** Advises shoppers in the evening and at weekends, by text, picture and voice. */
export const shopAdvisor: ApplicationSpec = {
  tenant: 'meridian',
  team: 'shop',
  application: 'shopping-advisor',
  environment: 'production',
  algorithm: 'least_latency',
  utcOffsetHours: 8,
  rhythm: 'consumer',
  share: 0.15,
  usersTotal: 1100,
  deployment: 'shopping-advisor-5.6.0',
  monthlyGrowth: 0.3,
  tasks: [
    {
      taskType: 'generation',
      share: 0.75,
      models: { qwenMax: 0.45, gpt5Mini: 0.35, llama70b: 0.2 },
      inputMedian: 1300,
      inputSigma: 0.7,
      outputMedian: 210,
      outputSigma: 0.6,
      prefixTokens: 1024,
      revenueUsd: '0.03',
      interactive: true,
    },
    {
      taskType: 'vision',
      share: 0.15,
      models: { geminiFlash: 1 },
      inputMedian: 1500,
      inputSigma: 0.4,
      outputMedian: 120,
      outputSigma: 0.5,
      imageTokens: 1032,
      revenueUsd: '0.03',
      interactive: true,
    },
    {
      taskType: 'transcription',
      share: 0.1,
      models: { geminiFlash: 1 },
      inputMedian: 640,
      inputSigma: 0.7,
      outputMedian: 90,
      outputSigma: 0.6,
      audioTokens: 560,
      interactive: true,
    },
  ],
};

/** Filters comments, mostly on models of its own. */
export const moderation: ApplicationSpec = {
  tenant: 'meridian',
  team: 'moderation',
  application: 'comment-filter',
  environment: 'production',
  algorithm: 'round_robin',
  utcOffsetHours: 8,
  rhythm: 'consumer',
  share: 0.07,
  usersTotal: 20,
  deployment: 'comment-filter-1.3.0',
  monthlyGrowth: 0.05,
  tasks: [
    {
      taskType: 'classification',
      share: 1,
      models: { llama8b: 0.55, qwenLocal: 0.2, qwenFlash: 0.25 },
      inputMedian: 240,
      inputSigma: 0.7,
      outputMedian: 12,
      outputSigma: 0.5,
      interactive: false,
    },
  ],
};

/** Reasons over lab notes. */
export const research: ApplicationSpec = {
  tenant: 'meridian',
  team: 'research',
  application: 'lab-notebook',
  environment: 'production',
  algorithm: 'quality',
  utcOffsetHours: 5.5,
  rhythm: 'office',
  share: 0.05,
  usersTotal: 140,
  deployment: 'lab-notebook-0.21.0',
  monthlyGrowth: 0.2,
  tasks: [
    {
      taskType: 'reasoning',
      share: 1,
      models: { geminiPro: 0.4, deepseek: 0.45, gpt5: 0.15 },
      inputMedian: 2600,
      inputSigma: 1,
      outputMedian: 640,
      outputSigma: 0.9,
      interactive: true,
    },
  ],
};
