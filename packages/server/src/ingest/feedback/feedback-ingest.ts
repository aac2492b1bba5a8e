/**
 * Takes feedback in: through the journal, as events go, with identities of its own. It
 * is joined to its request when somebody asks, so either may come first.
 */

import type { Pseudonymise } from '../pseudonyms.ts';
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
import { ownOf } from '../own-tenant.ts';
import type { Rejection } from '../prepare.ts';
import { bodyFormatOf, type RawEvent, readEvents } from '../read-events.ts';

/**
 * Before the tenant in the hash of an identity, so that feedback and an event may have
 * the same id. No tenant begins like this: half a surrogate pair is no valid text.
 */
const FEEDBACK_TENANT = '\ud800feedback ';

export interface FeedbackIngestOptions {
  /** What is stored of a user's id. */
  readonly pseudonymise: Pseudonymise;
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
  /** What a partial request left out. */
  readonly rejected: readonly Rejection[];
}

/** The valid feedback of a request, with its places in the body. */
interface Valid {
  readonly feedback: AcceptedFeedback[];
  readonly positions: number[];
  readonly rejected: Rejection[];
}

export class FeedbackIngest {
  readonly #options: FeedbackIngestOptions;

  constructor(options: FeedbackIngestOptions) {
    this.#options = options;
  }

  /**
   * Stores the feedback of a request: all of it or none, or what is right if it may be partial.
   *
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: PackedBody, partial: boolean): Promise<FeedbackAnswer> {
    const { limits, clock, journal, onReceipt, pseudonymise } = this.#options;
    const format = bodyFormatOf(request.contentType);
    const body = await unpackBody(request, limits.decodedBytesMax);
    const arrivedMs = clock.nowMs();
    const { tenant } = request;
    const context = { nowMs: arrivedMs, futureToleranceMs: limits.futureToleranceMs, tenant };
    const raw = readEvents(body, format, limits.eventsPerRequestMax);
    const { feedback: sent, positions, rejected } = validate(raw, context, partial);
    const feedback = sent.map((each) => ({ ...each, user_id: pseudonymise(each.user_id) }));
    if (feedback.length === 0) return { accepted: 0, duplicates: 0, rejected };
    const receipt = await journal.append(this.#prepare(feedback, arrivedMs, partial)).catch(refuseRows);
    const conflicts = receipt.conflicts.map((row) => conflictAt(positions[row] ?? row));
    const [first] = conflicts;
    if (receipt.refused && first !== undefined)
      throw new BellwetherError(first.code, `${first.message} Nothing of this request was stored.`, {
        index: first.index,
        field: 'id',
      });
    onReceipt(receipt);
    const { accepted, duplicates } = receipt;
    return {
      accepted,
      duplicates,
      rejected: [...rejected, ...conflicts].toSorted((x, y) => x.index - y.index),
    };
  }

  #prepare(feedback: readonly AcceptedFeedback[], arrivedMs: number, partial: boolean): Submission {
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
    return { kind: 'feedback', payload, identities, totals: noTotals, arrivedMs, partial };
  }
}

function validate(
  raw: readonly RawEvent[],
  context: Parameters<typeof parseFeedback>[1] & { readonly tenant: string | null },
  partial: boolean,
): Valid {
  const valid: Valid = { feedback: [], positions: [], rejected: [] };
  raw.forEach(({ value, place }, index) => {
    try {
      valid.feedback.push(ownOf(context.tenant, parseFeedback(value, context)));
      valid.positions.push(index);
    } catch (error) {
      if (!(error instanceof BellwetherError)) throw error;
      if (!partial) throw error.at(place);
      const { code, message } = error;
      const { field } = error.place;
      valid.rejected.push({ index, code, message, ...(field === undefined ? {} : { field }) });
    }
  });
  return valid;
}

function conflictAt(index: number): Rejection {
  const message = 'Feedback with this id and other contents is already stored.';
  return { index, code: 'identity_conflict', field: 'id', message };
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
