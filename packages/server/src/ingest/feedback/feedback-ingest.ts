/**
 * Takes feedback in: through the journal, as events go, with identities of its own. It
 * is joined to its request when somebody asks, so either may come first.
 */

import { createHash } from 'node:crypto';
import { type AcceptedFeedback, BellwetherError, parseFeedback, scoreFields } from '@bellwether/events';
import type { Clock } from '../../clock.ts';
import { hashIdentity, hashText } from '../../journal/identities/index.ts';
import type { Journal } from '../../journal/journal.ts';
import { noTotals, type Receipt, type Submission } from '../../journal/submission.ts';
import { recordHead } from '../../ledger/records.ts';
import { formatReceived, formatTimestamp } from '../../ledger/row.ts';
import { type PackedBody, unpackBody } from '../decode-body.ts';
import { type IngestLimits, refuseRows } from '../ingest.ts';
import { bodyFormatOf, readEvents } from '../read-events.ts';

/**
 * Before the tenant in the hash of an identity, so that feedback and an event may have
 * the same id. No tenant begins like this: half a surrogate pair is no valid text.
 */
const FEEDBACK_TENANT = '\ud800feedback ';

export interface FeedbackIngestOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: IngestLimits;
  /** Called after each acknowledged request with what came of it. */
  readonly onReceipt: (receipt: Receipt) => void;
}

/** The answer to a request. */
export interface FeedbackAnswer {
  readonly accepted: number;
  readonly duplicates: number;
}

export class FeedbackIngest {
  readonly #options: FeedbackIngestOptions;

  constructor(options: FeedbackIngestOptions) {
    this.#options = options;
  }

  /**
   * Stores the feedback of a request, all of it or none.
   *
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: PackedBody): Promise<FeedbackAnswer> {
    const { limits, clock, journal, onReceipt } = this.#options;
    const format = bodyFormatOf(request.contentType);
    const body = await unpackBody(request, limits.decodedBytesMax);
    const arrivedMs = clock.nowMs();
    const context = { nowMs: arrivedMs, futureToleranceMs: limits.futureToleranceMs };
    const feedback = readEvents(body, format, limits.eventsPerRequestMax).map(({ value, place }) => {
      try {
        return parseFeedback(value, context);
      } catch (error) {
        throw error instanceof BellwetherError ? error.at(place) : error;
      }
    });
    const receipt = await journal.append(this.#prepare(feedback, arrivedMs)).catch(refuseRows);
    const [conflict] = receipt.conflicts;
    if (receipt.refused && conflict !== undefined)
      throw new BellwetherError(
        'identity_conflict',
        'Feedback with this id and other contents is already stored. Nothing of this request was stored.',
        { index: conflict, field: 'id' },
      );
    onReceipt(receipt);
    return { accepted: receipt.accepted, duplicates: receipt.duplicates };
  }

  #prepare(feedback: readonly AcceptedFeedback[], arrivedMs: number): Submission {
    const { journal } = this.#options;
    const { seed, id: journalId } = journal.identity;
    const firstSeq = journal.takeSeq(feedback.length);
    const identities = new Uint32Array(feedback.length * 4);
    const received = `,"received_at":"${formatReceived(arrivedMs)}"`;
    const lines = feedback.map((each, i) => {
      const said = JSON.stringify(contents(each));
      const id = each.id === '' ? createHash('sha256').update(said).digest('base64url') : each.id;
      hashIdentity(seed, FEEDBACK_TENANT + each.tenant, id, identities, i * 4);
      identities[i * 4 + 3] = hashText(seed, said);
      const { tenant, request_id, user_id, source, comment_hash } = each;
      const texts = { id, tenant, request_id, timestamp: formatTimestamp(each.timestamp) };
      const rest = JSON.stringify({ ...texts, ...scores(each), user_id, source, comment_hash });
      return `${recordHead(journalId, firstSeq + i)}${received},${rest.slice(1)}\n`;
    });
    const payload = new TextEncoder().encode(lines.join(''));
    return { kind: 'feedback', payload, identities, totals: noTotals, arrivedMs, partial: false };
  }
}

/** What was sent, in one order, without what the server fills in: equal feedback is equal text. */
function contents(feedback: AcceptedFeedback): unknown[] {
  const { tenant, request_id, user_id, source, comment_hash, timestamp, isDated } = feedback;
  const scored = scoreFields.map((name) => feedback[name] ?? null);
  return [tenant, request_id, user_id, source, comment_hash, isDated ? timestamp : null, ...scored];
}

function scores(feedback: AcceptedFeedback): Record<string, number> {
  const given: Record<string, number> = {};
  for (const name of scoreFields) {
    const value = feedback[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}
