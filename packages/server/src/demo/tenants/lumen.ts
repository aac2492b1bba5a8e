/** The applications of lumen: documents and contracts in Europe, and a search that never sleeps. */

import type { ApplicationSpec } from '../application-spec.ts';

/** Reads invoices, as text and as scans. */
export const invoices: ApplicationSpec = {
  tenant: 'lumen',
  team: 'documents',
  application: 'invoice-reader',
  environment: 'production',
  algorithm: 'weighted_cost',
  utcOffsetHours: 1,
  rhythm: 'office',
  share: 0.1,
  usersTotal: 260,
  deployment: 'invoice-reader-2.9.1',
  monthlyGrowth: 0.1,
  tasks: [
    {
      taskType: 'extraction',
      share: 0.55,
      models: { geminiFlash: 0.6, gpt41Mini: 0.4 },
      inputMedian: 2300,
      inputSigma: 0.7,
      outputMedian: 310,
      outputSigma: 0.5,
      prefixTokens: 1024,
      revenueUsd: '0.015',
      interactive: false,
    },
    {
      taskType: 'vision',
      share: 0.45,
      models: { geminiFlash: 0.7, gpt41: 0.3 },
      inputMedian: 2600,
      inputSigma: 0.5,
      outputMedian: 280,
      outputSigma: 0.5,
      imageTokens: 1290,
      revenueUsd: '0.025',
      interactive: false,
    },
  ],
};

/** Embeds documents and queries; a response cache answers a part. */
export const search: ApplicationSpec = {
  tenant: 'lumen',
  team: 'search',
  application: 'semantic-search',
  environment: 'production',
  algorithm: 'round_robin',
  utcOffsetHours: 0,
  rhythm: 'steady',
  share: 0.19,
  usersTotal: 900,
  deployment: 'semantic-search-1.14.0',
  monthlyGrowth: 0.05,
  tasks: [
    {
      taskType: 'embedding',
      share: 0.9,
      models: { embeddingSmall: 0.65, geminiEmbedding: 0.2, mistralEmbed: 0.15 },
      inputMedian: 180,
      inputSigma: 0.9,
      outputMedian: 0,
      outputSigma: 0,
      responseCacheShare: 0.22,
      revenueUsd: '0.0005',
      interactive: false,
    },
    {
      taskType: 'reranking',
      share: 0.1,
      models: { geminiLite: 1 },
      inputMedian: 2800,
      inputSigma: 0.4,
      outputMedian: 30,
      outputSigma: 0.3,
      interactive: false,
    },
  ],
};

/** Reviews contracts: few requests, very long ones, worth much. */
export const contracts: ApplicationSpec = {
  tenant: 'lumen',
  team: 'legal',
  application: 'contract-review',
  environment: 'production',
  algorithm: 'quality',
  utcOffsetHours: 1,
  rhythm: 'office',
  share: 0.02,
  usersTotal: 60,
  deployment: 'contract-review-2.0.0',
  monthlyGrowth: 0.1,
  tasks: [
    {
      taskType: 'review',
      share: 1,
      models: { opus: 0.5, geminiPro: 0.5 },
      inputMedian: 16_000,
      inputSigma: 0.9,
      outputMedian: 900,
      outputSigma: 0.6,
      prefixTokens: 2048,
      revenueUsd: '1.2',
      interactive: true,
    },
  ],
};
