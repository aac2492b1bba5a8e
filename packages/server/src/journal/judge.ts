/** Which rows of a submission are new, which were sent before, and which contradict what was sent before. */

import { allNew, type Fresh, kindOf, without } from './fresh-rows.ts';
import { type IdentityStore, verdictCode } from './identities/index.ts';
import { JournalError, noTotals, type Submission } from './submission.ts';

/**
 * Finds out which rows of a submission are new, and stages their identities.
 *
 * @param hasHistory true if identities that cannot be read may be those of events that the ledger has.
 * @throws JournalError `recovering` if that cannot be found out before lost identities are back.
 */
export function judge(identities: IdentityStore, submission: Submission, hasHistory: boolean): Fresh {
  if (submission.identities.length === 0) return allNew(submission);
  const stagedBefore = identities.staged;
  const uncertainBefore = identities.uncertain;
  const verdicts = identities.check(submission.identities, submission.arrivedMs);
  // What may be in a damaged page is not taken for new: it is refused until the page has been brought back.
  if (hasHistory && identities.uncertain > uncertainBefore)
    throw new JournalError('recovering', 'Identities are being brought back.');
  const conflicts: number[] = [];
  const dropped: number[] = [];
  let staleConflicts = 0;
  verdicts.forEach((verdict, row) => {
    if (verdict === verdictCode.new) return;
    if (verdict === verdictCode.conflict) conflicts.push(row);
    if (verdict === verdictCode.staleConflict) staleConflicts += 1;
    dropped.push(row);
  });
  if (conflicts.length > 0 && !submission.partial) {
    identities.rollback(stagedBefore);
    const receipt = {
      accepted: 0,
      acceptedBytes: 0,
      duplicates: 0,
      staleConflicts: 0,
      conflicts,
      refused: true,
    };
    const { arrivedMs } = submission;
    return { kind: kindOf(submission), payload: new Uint8Array(), totals: noTotals, arrivedMs, receipt };
  }
  const kept = dropped.length === 0 ? submission : without(submission, dropped);
  const receipt = {
    accepted: verdicts.length - dropped.length,
    acceptedBytes: kept.payload.length,
    duplicates: dropped.length - conflicts.length,
    staleConflicts,
    conflicts,
    refused: false,
  };
  return { ...kept, kind: kindOf(submission), arrivedMs: submission.arrivedMs, receipt };
}
