/** The applications of orchard on the American east coast: copywriting by day, reports by night. */

import type { ApplicationSpec } from '../application-spec.ts';

/** Writes and translates advertisements; its daily budget is tight. */
export const copyStudio: ApplicationSpec = {
  tenant: 'orchard',
  team: 'marketing',
  application: 'copy-studio',
  environment: 'production',
  algorithm: 'least_latency',
  utcOffsetHours: -5,
  rhythm: 'office',
  share: 0.07,
  usersTotal: 180,
  deployment: 'copy-studio-3.1.4',
  monthlyGrowth: 0.1,
  tasks: [
    {
      taskType: 'generation',
      share: 0.8,
      models: { gpt5: 0.45, sonnet: 0.3, mistralLarge: 0.25 },
      inputMedian: 900,
      inputSigma: 0.8,
      outputMedian: 480,
      outputSigma: 0.7,
      revenueUsd: '0.05',
      interactive: true,
    },
    {
      taskType: 'translation',
      share: 0.2,
      models: { mistralLarge: 0.7, gpt41Mini: 0.3 },
      inputMedian: 700,
      inputSigma: 0.6,
      outputMedian: 720,
      outputSigma: 0.6,
      revenueUsd: '0.03',
      interactive: true,
    },
  ],
};

/** Summarises the day at night, through the batch tier. */
export const reportWriter: ApplicationSpec = {
  tenant: 'orchard',
  team: 'analytics',
  application: 'report-writer',
  environment: 'production',
  algorithm: 'weighted_cost',
  utcOffsetHours: -5,
  rhythm: 'nightly',
  share: 0.05,
  usersTotal: 12,
  deployment: 'report-writer-0.8.2',
  monthlyGrowth: 0,
  tasks: [
    {
      taskType: 'summarization',
      share: 1,
      models: { gpt5Mini: 0.7, geminiPro: 0.3 },
      inputMedian: 6400,
      inputSigma: 0.6,
      outputMedian: 620,
      outputSigma: 0.4,
      serviceTier: 'batch',
      interactive: false,
    },
  ],
};

/** The runaway job of the story: one application's own traffic gone wrong, beyond its share. */
export const runawayJob: ApplicationSpec = {
  ...reportWriter,
  rhythm: 'steady',
  share: 0,
  usersTotal: 1,
  job: 'weekly-digest',
  tasks: [
    {
      taskType: 'summarization',
      share: 1,
      models: { gpt5: 1 },
      inputMedian: 15_000,
      inputSigma: 0.3,
      outputMedian: 1100,
      outputSigma: 0.3,
      interactive: false,
    },
  ],
};
