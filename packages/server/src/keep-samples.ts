/** The way of samples that the server collects itself: to the journal, and to the families that it shows for others. */

import { relayed } from './collect/relay-scrape.ts';
import type { RelayedFamilies } from './live/relayed-families.ts';
import type { PartContext } from './part.ts';
import type { ActiveSeries } from './samples/active-series.ts';
import { type Sample, type SampleSource, sourceText } from './samples/sample.ts';
import { sampleSubmission } from './samples/sample-lines.ts';

/** What pushed and collected samples share. */
export interface SamplePath {
  readonly series: ActiveSeries;
  readonly relay: RelayedFamilies;
  readonly count: (counts: Record<'stored' | 'overflow' | 'rejected' | 'hidden', number>) => void;
}

/** Stores the samples of a source, less those of too many series. @throws Error if the journal takes nothing. */
export async function keepSamples(
  { clock, stores: { journal, ledger } }: Pick<PartContext, 'clock' | 'stores'>,
  { series, relay, count }: SamplePath,
  source: SampleSource,
  collected: {
    readonly samples: readonly Sample[];
    readonly rejected: number;
    /** What was left out before. */
    readonly overflow: number;
  },
): Promise<void> {
  const { samples, rejected } = collected;
  const nowMs = clock.nowMs();
  const name = sourceText(source);
  const admitted = samples.filter((sample) =>
    series.admit(name, sample.name, JSON.stringify(sample.labels), nowMs),
  );
  const overflow = collected.overflow + samples.length - admitted.length;
  if (admitted.length > 0) await journal.append(sampleSubmission(journal, name, admitted, nowMs));
  const hidden = relayed(admitted, source).filter((one) => !relay.take(one, nowMs)).length;
  count({ stored: admitted.length, overflow, rejected, hidden });
  ledger.notify();
}
