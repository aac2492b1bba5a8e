/**
 * Feedback: what is said of a request after it, by its user or by whoever graded its
 * answer. Declared once, like the event: the type, the JSON Schema and the validator
 * derive from this table.
 */

import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import { BellwetherError } from './errors.ts';
import { type FieldDeclaration, LABEL_LENGTH_MAX } from './fields.ts';
import {
  checkClock,
  fault,
  type FieldReader,
  nameOfType,
  type ParseContext,
  readersByKind,
} from './parse-event.ts';
import { type Instant, instantFromEpochMs } from './timestamp.ts';

const score = (description: string) => ({ kind: 'score', description }) as const;

/** The fields of feedback. */
export const feedbackFields = {
  id: {
    kind: 'text',
    maxLength: 128,
    description:
      'Idempotency key, unique per tenant. Made from the contents if absent, so that a retry changes nothing.',
  },
  request_id: {
    kind: 'text',
    required: true,
    maxLength: 128,
    description: 'The id of the request it is about, which may come later.',
  },
  tenant: { kind: 'label', description: 'The tenant of that request.' },
  timestamp: { kind: 'instant', description: 'When it was given; its arrival if absent.' },
  quality_score: score('How good the answer was.'),
  accuracy_score: score('How correct the answer was.'),
  relevance_score: score('How relevant the answer was.'),
  completeness_score: score('How complete the answer was.'),
  satisfaction_score: score('How satisfied the user was.'),
  user_id: { kind: 'text', maxLength: 256, description: 'Who gave it.' },
  source: { kind: 'label', description: 'What gave it: user, judge, review, …' },
  comment_hash: {
    kind: 'text',
    maxLength: 128,
    description: 'A hash of what was said in words, which are kept elsewhere.',
  },
} as const satisfies Record<string, FieldDeclaration>;

/** The name of a field of feedback. */
export type FeedbackField = keyof typeof feedbackFields;

/** The fields in the order of the table. */
export const feedbackFieldNames = Object.keys(feedbackFields) as FeedbackField[];

/** The scores that feedback can carry; the event has the same. */
export const scoreFields = [
  'quality_score',
  'accuracy_score',
  'relevance_score',
  'completeness_score',
  'satisfaction_score',
] as const satisfies readonly FeedbackField[];

type Scores = { readonly [F in (typeof scoreFields)[number]]?: number };

/** Feedback as an application sends it: at least one score, or a comment. Scores are 0 to 1. */
export interface Feedback extends Scores {
  readonly id?: string;
  readonly request_id: string;
  readonly tenant?: string;
  /** RFC 3339 or epoch milliseconds. */
  readonly timestamp?: string | number;
  readonly user_id?: string;
  readonly source?: string;
  readonly comment_hash?: string;
}

/** Valid feedback: an absent text is `''`, a score that was not given is absent. */
export interface AcceptedFeedback extends Scores {
  readonly id: string;
  readonly request_id: string;
  readonly tenant: string;
  readonly timestamp: Instant;
  /** Whether the sender gave the timestamp. */
  readonly isDated: boolean;
  readonly user_id: string;
  readonly source: string;
  readonly comment_hash: string;
}

const readers = new Map<string, { readonly declaration: FieldDeclaration; readonly read: FieldReader }>(
  feedbackFieldNames.map((name) => {
    const declaration: FieldDeclaration = feedbackFields[name];
    return [name, { declaration, read: readersByKind[declaration.kind] }];
  }),
);

/**
 * Reads feedback.
 *
 * @param sent any JSON value.
 * @returns it with its texts present; `id` is `''` if it was absent.
 * @throws BellwetherError with the field at fault in `place.field`.
 */
export function parseFeedback(sent: unknown, context: ParseContext): AcceptedFeedback {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    throw new BellwetherError('invalid_event', `Feedback must be a JSON object, not ${nameOfType(sent)}.`);
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sent)) {
    const reader = readers.get(name);
    if (reader === undefined) {
      const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
      throw new BellwetherError('unknown_field', `${JSON.stringify(shown)} is not a field of feedback.`, {
        field: shown,
      });
    }
    read[name] = reader.read(value, name, reader.declaration);
  }
  if (read['request_id'] === undefined) throw fault('missing_field', 'request_id', 'is required');
  const says = [...scoreFields, 'comment_hash'].some((name) => read[name] !== undefined);
  if (!says)
    throw fault('missing_field', 'satisfaction_score', 'or another score or comment_hash is required');
  const given = read['timestamp'] as Instant | undefined;
  const timestamp = given ?? instantFromEpochMs(context.nowMs);
  if (timestamp === null) throw fault('out_of_range', 'timestamp', 'must be between 1970 and 2262');
  checkClock(timestamp, context);
  const texts = { id: '', tenant: '', user_id: '', source: '', comment_hash: '' };
  return { ...texts, ...read, timestamp, isDated: given !== undefined } as AcceptedFeedback;
}

function schemaOf(name: FeedbackField): TSchema {
  const { kind, description, maxLength = LABEL_LENGTH_MAX }: FieldDeclaration = feedbackFields[name];
  const schema =
    kind === 'score'
      ? Type.Number({ minimum: 0, maximum: 1 })
      : kind === 'instant'
        ? Type.Union([Type.String({ format: 'date-time' }), Type.Number({ minimum: 0 })])
        : Type.String({ minLength: 1, maxLength });
  const described = { ...schema, description };
  return name === 'request_id' ? described : Type.Optional(described);
}

/** JSON Schema (2020-12) of {@link Feedback}. */
export const feedbackSchema = Type.Object(
  Object.fromEntries(feedbackFieldNames.map((name) => [name, schemaOf(name)])),
  { additionalProperties: false, title: 'Feedback' },
);
