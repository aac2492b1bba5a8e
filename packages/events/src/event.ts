/**
 * The types of a request event, derived from the field table: as it is sent
 * (`RequestEvent`), and as it is after validation (`AcceptedEvent`). The JSON
 * Schema of the former is for the API description and for other languages.
 */

import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import type { EventField, eventFields, FieldKind } from './fields.ts';
import {
  attributeBounds,
  DURATION_MS_MAX,
  declarationOf,
  eventFieldNames,
  LABEL_LENGTH_MAX,
} from './fields.ts';
import type { PicoUsd } from './money.ts';
import type { Instant } from './timestamp.ts';

interface SentKinds {
  label: string;
  text: string;
  choice: string;
  instant: string | number;
  count: number;
  duration: number;
  score: number;
  money: string | number;
  flag: boolean;
  attributes: Readonly<Record<string, string>>;
}

interface AcceptedKinds {
  label: string;
  text: string;
  choice: string;
  instant: Instant;
  count: number | null;
  duration: number | null;
  score: number | null;
  money: PicoUsd | null;
  flag: boolean | null;
  attributes: Readonly<Record<string, string>> | null;
}

type Fields = typeof eventFields;
type Sent<F extends EventField> = Fields[F] extends { choices: readonly (infer C)[] }
  ? C
  : SentKinds[Fields[F]['kind']];
type Accepted<F extends EventField> = Fields[F] extends { choices: readonly (infer C)[] }
  ? C
  : AcceptedKinds[Fields[F]['kind']];
type RequiredField = { [F in EventField]: Fields[F] extends { required: true } ? F : never }[EventField];

/** A request event as an application sends it. */
export type RequestEvent = { [F in RequiredField]: Sent<F> } & {
  [F in Exclude<EventField, RequiredField>]?: Sent<F>;
};

/**
 * A valid event with every field present: an absent text is `''` (an empty text
 * is never valid), any other absent value is `null`.
 */
export type AcceptedEvent = { [F in EventField]: Accepted<F> };

/** How one request ended. */
export type RequestStatus = AcceptedEvent['status'];

const sentSchemas: Record<FieldKind, (field: EventField) => TSchema> = {
  label: (field) => textSchema(field),
  text: (field) => textSchema(field),
  choice: (field) => Type.Enum([...(declarationOf(field).choices ?? [])]),
  instant: () => Type.Union([Type.String({ format: 'date-time' }), Type.Number({ minimum: 0 })]),
  count: () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  duration: () => Type.Number({ minimum: 0, maximum: DURATION_MS_MAX }),
  score: () => Type.Number({ minimum: 0, maximum: 1 }),
  money: () =>
    Type.Union([
      Type.String({ pattern: '^\\d*\\.?\\d*(?:[eE][+-]?\\d{1,2})?$' }),
      Type.Number({ minimum: 0 }),
    ]),
  flag: () => Type.Boolean(),
  attributes: () =>
    Type.Record(
      Type.String({ maxLength: attributeBounds.keyLengthMax }),
      Type.String({ maxLength: attributeBounds.valueLengthMax }),
      {
        maxProperties: attributeBounds.entriesMax,
      },
    ),
};

function textSchema(field: EventField): TSchema {
  return Type.String({ minLength: 1, maxLength: declarationOf(field).maxLength ?? LABEL_LENGTH_MAX });
}

function fieldSchema(field: EventField): TSchema {
  const { kind, description, required } = declarationOf(field);
  const schema = { ...sentSchemas[kind](field), description };
  return required ? schema : Type.Optional(schema);
}

/** JSON Schema (2020-12) of {@link RequestEvent}. */
export const requestEventSchema = Type.Object(
  Object.fromEntries(eventFieldNames.map((field) => [field, fieldSchema(field)])),
  { additionalProperties: false, title: 'RequestEvent' },
);
