/**
 * What a rate card is: the JSON Schema of the file, and the type that follows from
 * it. A card is written by people, so prices stand in it as price lists print them
 * (per million tokens, per thousand searches, per hour) and dates as dates.
 */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { Meter } from './meters.ts';

/** The token prices of a card by their key, with the meter that each one is for. */
export const tokenPriceKeys = {
  input: 'input_tokens',
  output: 'output_tokens',
  cache_read: 'cache_read_tokens',
  cache_write: 'cache_write_tokens',
  cache_write_1h: 'cache_write_1h_tokens',
  reasoning: 'reasoning_tokens',
  input_audio: 'input_audio_tokens',
  output_audio: 'output_audio_tokens',
  cache_read_audio: 'cache_audio_read_tokens',
  input_image: 'input_image_tokens',
  output_image: 'output_image_tokens',
  cache_read_image: 'cache_image_read_tokens',
  input_video: 'input_video_tokens',
  output_video: 'output_video_tokens',
  citation: 'citation_tokens',
} as const satisfies Record<string, Meter>;

/** The fees of a card that are given per thousand, with the meter that each one is for. */
export const countPriceKeys = {
  web_searches: 'web_searches',
  storage_searches: 'storage_searches',
  social_searches: 'social_searches',
  code_executions: 'code_executions',
  rerank_searches: 'rerank_searches',
  document_pages: 'document_pages',
  annotated_document_pages: 'annotated_document_pages',
  text_messages: 'text_messages',
} as const satisfies Record<string, Meter>;

/** The prices of audio by the hour, with the meter that each one is for. */
export const hourPriceKeys = {
  audio: 'audio_seconds',
  input_audio: 'input_audio_seconds',
  output_audio: 'output_audio_seconds',
} as const satisfies Record<string, Meter>;

const amount = Type.Union([
  Type.Number({ minimum: 0 }),
  Type.String({ pattern: '^\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d{1,2})?$' }),
]);
const instant = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\d(?:[Tt ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d))?$',
  description: 'A date (midnight UTC) or an RFC 3339 instant.',
});
const pattern = Type.String({ minLength: 1, maxLength: 256 });
const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'An ISO 4217 code.' });
const closed = { additionalProperties: false } as const;

function amounts<K extends string>(keys: Readonly<Record<K, Meter>>) {
  const properties = Object.fromEntries(Object.keys(keys).map((key) => [key, Type.Optional(amount)]));
  return Type.Object(properties as Record<K, ReturnType<typeof Type.Optional<typeof amount>>>, closed);
}

const prices = {
  per_million_tokens: Type.Optional(amounts(tokenPriceKeys)),
  per_million_characters: Type.Optional(amount),
  per_thousand: Type.Optional(amounts(countPriceKeys)),
  per_audio_hour: Type.Optional(amounts(hourPriceKeys)),
  per_request: Type.Optional(amount),
  per_second: Type.Optional({
    ...amount,
    description: 'Per second of latency, for models run on own machines.',
  }),
  per_gpu_hour: Type.Optional({ ...amount, description: 'Per hour of latency and GPU.' }),
  gpus: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'GPUs that a request occupies; 1 if absent.' }),
  ),
};
const priceSet = Type.Object(prices, closed);

const longContext = Type.Object(
  {
    above_tokens: Type.Integer({ minimum: 0, description: 'The prices hold for requests with more tokens.' }),
    counted: Type.Optional(Type.Enum(['input', 'total'])),
    ...prices,
  },
  closed,
);

const entry = Type.Object(
  {
    provider: Type.String({ minLength: 1, maxLength: 256, description: 'As events name it, or * for any.' }),
    model: { ...pattern, description: 'A glob over the model asked for or the model that answered.' },
    from: Type.Optional(instant),
    until: Type.Optional({
      ...instant,
      description: 'The first instant at which the price no longer holds.',
    }),
    hours: Type.Optional(
      Type.Array(Type.String({ description: 'UTC, e.g. "mon-fri 01:00-04:00" or "16:30-00:30".' }), {
        minItems: 1,
      }),
    ),
    currency: Type.Optional(currency),
    source: Type.Optional(Type.String({ description: 'Where the price is published.' })),
    ...prices,
    long_context: Type.Optional(Type.Array(longContext, { maxItems: 16 })),
    tiers: Type.Optional(Type.Record(pattern, Type.Union([amount, priceSet]))),
    regions: Type.Optional(Type.Record(pattern, amount)),
  },
  closed,
);

const discount = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    provider: Type.String({ minLength: 1, maxLength: 256 }),
    model: Type.Optional(pattern),
    percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }),
    from: Type.Optional(instant),
    until: Type.Optional(instant),
  },
  closed,
);

const commitment = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    provider: Type.String({ minLength: 1, maxLength: 256 }),
    model: Type.Optional(pattern),
    tier: Type.Optional(
      Type.String({ description: 'The service tier that the commitment covers; all if absent.' }),
    ),
    fee: amount,
    per: Type.Enum(['hour', 'day', 'month']),
    currency: Type.Optional(currency),
    from: instant,
    until: Type.Optional(instant),
  },
  closed,
);

/** JSON Schema (2020-12) of a rate card. */
export const rateCardSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128, description: 'What charges call the card.' }),
    version: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'What charges call this edition of it.',
    }),
    currency: Type.Optional({ ...currency, description: 'The currency of its prices; USD if absent.' }),
    exchange_rates: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), amount))),
    prices: Type.Optional(Type.Array(entry, { maxItems: 10_000 })),
    discounts: Type.Optional(Type.Array(discount, { maxItems: 1000 })),
    commitments: Type.Optional(Type.Array(commitment, { maxItems: 1000 })),
  },
  { ...closed, title: 'RateCard' },
);

/** A rate card as it is written. */
export type RateCard = Static<typeof rateCardSchema>;

/** One price of a card: a model pattern, when it holds, and what is charged. */
export type CardEntry = Static<typeof entry>;

/** The amounts that a price, a tier or a long-context band can give. */
export type CardPrices = Static<typeof priceSet>;

/** A percentage off everything that a provider or model costs. */
export type CardDiscount = Static<typeof discount>;

/** A fixed fee that covers requests, such as provisioned throughput. */
export type CardCommitment = Static<typeof commitment>;
