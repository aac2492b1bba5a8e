/** Writes samples as the JSON lines that the journal keeps and the ledger takes. */

import type { Journal } from '../journal/journal.ts';
import { noTotals, type Submission } from '../journal/submission.ts';
import { recordHead } from '../ledger/records.ts';
import { formatReceived } from '../ledger/row.ts';
import type { Sample } from './sample.ts';

/** A submission of the samples of one source. */
export function sampleSubmission(
  journal: Pick<Journal, 'identity' | 'takeSeq'>,
  source: string,
  samples: readonly Sample[],
  arrivedMs: number,
): Submission {
  const { id } = journal.identity;
  const firstSeq = journal.takeSeq(samples.length);
  const head = `,"received_at":"${formatReceived(arrivedMs)}","source":${JSON.stringify(source)}`;
  const lines = samples.map(({ name, kind, labels, timestampMs, value }, i) => {
    const series = `"name":${JSON.stringify(name)},"kind":"${kind}","labels":${JSON.stringify(labels)}`;
    return `${recordHead(id, firstSeq + i)}${head},${series},"timestamp":"${formatReceived(timestampMs)}","value":${valueText(value)}}\n`;
  });
  return {
    kind: 'sample',
    payload: new TextEncoder().encode(lines.join('')),
    identities: new Uint32Array(0),
    rows: samples.length,
    totals: noTotals,
    arrivedMs,
    partial: true,
  };
}

/** A double; those that JSON has no number for as texts, which the engine reads. */
function valueText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  return Number.isNaN(value) ? '"nan"' : value > 0 ? '"inf"' : '"-inf"';
}
