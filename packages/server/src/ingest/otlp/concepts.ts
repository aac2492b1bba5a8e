/**
 * What a span may say of a request, and the names under which the conventions say it.
 * Where a span carries more than one name of a thing, the first in the list wins: the
 * conventions of today before those of yesterday, and OpenTelemetry's before others'.
 *
 * Sources: OpenTelemetry semantic conventions for generative AI up to 1.36, 1.37 to
 * 1.41 and the repository of its own; OpenInference 2.12; OpenLLMetry 0.27; the spans of
 * the Vercel AI SDK 3.3 to 7. What holds prompts and answers is in none of these lists,
 * so it is never read.
 */

import { type EventField, eventFieldNames } from '@bellwether/events';

const names = {
  operation: ['gen_ai.operation.name'],
  requestType: ['llm.request.type'],
  openInferenceKind: ['openinference.span.kind'],
  traceloopKind: ['traceloop.span.kind'],
  vercelOperation: ['ai.operationId'],
  agent: ['gen_ai.agent.name', 'agent.name'],
  provider: [
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'llm.vendor',
    'ai.model.provider',
  ],
  model: [
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'embedding.model_name',
    'llm.request.model',
    'ai.model.id',
  ],
  responseModel: [
    'gen_ai.response.model',
    'llm.response.model_name',
    'llm.response.model',
    'ai.response.model',
  ],
  inputTokens: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'llm.usage.prompt_tokens',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
  ],
  outputTokens: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'llm.usage.completion_tokens',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
  ],
  totalTokens: [
    'gen_ai.usage.total_tokens',
    'llm.usage.total_tokens',
    'llm.token_count.total',
    'ai.usage.totalTokens',
  ],
  cacheReadTokens: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'llm.usage.cache_read_input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'llm.token_count.prompt_details.cache_input',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
  ],
  cacheWriteTokens: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'llm.usage.cache_creation_input_tokens',
    'llm.token_count.prompt_details.cache_write',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
  ],
  reasoningTokens: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'llm.usage.reasoning_tokens',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
  ],
  inputAudioTokens: ['gen_ai.usage.audio.input_tokens', 'llm.token_count.prompt_details.audio'],
  outputAudioTokens: ['gen_ai.usage.audio.output_tokens', 'llm.token_count.completion_details.audio'],
  inputImageTokens: ['gen_ai.usage.image.input_tokens'],
  serviceTier: [
    'openai.response.service_tier',
    'gen_ai.openai.response.service_tier',
    'openai.request.service_tier',
    'gen_ai.openai.request.service_tier',
  ],
  ttftSeconds: ['gen_ai.response.time_to_first_chunk', 'gen_ai.server.time_to_first_token'],
  ttftMs: ['ai.response.msToFirstChunk'],
  errorType: ['error.type'],
  user: ['user.id', 'enduser.id', 'ai.telemetry.metadata.userId', 'traceloop.association.properties.user_id'],
  session: [
    'gen_ai.conversation.id',
    'session.id',
    'ai.telemetry.metadata.sessionId',
    'traceloop.association.properties.session_id',
  ],
  application: ['service.name'],
  environment: ['deployment.environment.name', 'deployment.environment'],
  deployment: ['service.version'],
  promptName: ['gen_ai.prompt.name'],
  promptVersion: ['gen_ai.prompt.version'],
  serviceNamespace: ['service.namespace'],
  serviceInstance: ['service.instance.id'],
} as const satisfies Record<string, readonly string[]>;

/** Something that a span may say. */
export type Concept = keyof typeof names;

const conceptNames = Object.keys(names) as Concept[];

/** The place of each concept in a list of values. */
export const place = Object.fromEntries(conceptNames.map((concept, index) => [concept, index])) as Readonly<
  Record<Concept, number>
>;

/** Fields of the event that a sender may name outright, as `bellwether.team`. The others follow from the span. */
const given = eventFieldNames.filter((field) => !['id', 'timestamp', 'attributes', 'status'].includes(field));

/** The fields that come after the concepts in a list of values, in this order. */
export const givenFields: readonly { readonly field: EventField; readonly place: number }[] = given.map(
  (field, index) => ({ field, place: conceptNames.length + index }),
);

/** The length of a list of values. */
export const PLACES = conceptNames.length + given.length;

/** An attribute that is wanted: where its value goes, and before which others of that place. */
export interface WantedAttribute {
  readonly key: string;
  readonly place: number;
  readonly rank: number;
}

/** All of them. */
export const wantedAttributes: readonly WantedAttribute[] = [
  ...conceptNames.flatMap((concept) =>
    names[concept].map((key, rank) => ({ key, place: place[concept], rank })),
  ),
  ...givenFields.map(({ field, place: index }) => ({ key: `bellwether.${field}`, place: index, rank: 0 })),
];
