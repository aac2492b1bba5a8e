/** `bellwether report performance`: how much traffic there was, and how it was served. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { findingsText } from '../documents/document-text.ts';
import type { WithDocument } from '../documents/read-document.ts';
import { dimensionNames } from '../report/dimensions.ts';
import type { PerformanceReport } from '../report/performance.ts';
import { performanceText } from '../report/performance-text.ts';
import { type DocumentOptions, printDocument, withDocumentOptions } from './report-document.ts';

/** Makes the command. */
export function performanceCommand(environment: Environment): Command {
  const command = new Command('performance')
    .description('How much traffic there was and how it was served, beside the period before')
    .addHelpText(
      'after',
      `\nPercentiles are within 1 %.\nDimensions: ${dimensionNames.join(', ')}\n\nExample:\n  bellwether report performance --hours 168 --by backend_id\n`,
    );
  return withDocumentOptions(command, 'performance').action((options: DocumentOptions) =>
    printDocument(
      options,
      environment,
      'performance',
      (report) =>
        `${performanceText(report as PerformanceReport & WithDocument)}${findingsText(report.document)}`,
    ),
  );
}
