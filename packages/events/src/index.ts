/** The request event, money, the error catalogue and the metric catalogue. */
export { businessPack, costPack } from './catalogue/business.ts';
export type { FamilyDeclaration, Pack } from './catalogue/family.ts';
export { frameworkPack } from './catalogue/framework.ts';
export { catalogue } from './catalogue/index.ts';
export { defaultLlmLatencyBuckets, llmPack } from './catalogue/llm.ts';
export type { ErrorCode, ErrorPlace } from './errors.ts';
export { BellwetherError, errorCatalogue } from './errors.ts';
export type { AcceptedEvent, RequestEvent, RequestStatus } from './event.ts';
export { requestEventSchema } from './event.ts';
export type { EventField, FieldDeclaration, FieldKind } from './fields.ts';
export { attributeBounds, declarationOf, eventFieldNames, eventFields } from './fields.ts';
export type { ParseContext } from './parse-event.ts';
export { parseEvent } from './parse-event.ts';
export type { PicoUsd } from './money.ts';
export { divideHalfEven, formatUsd, PICO_DIGITS, PICO_PER_USD, parseUsd, usdAsNumber } from './money.ts';
export type { Instant } from './timestamp.ts';
export { epochMsOf, formatRfc3339, instantFromEpochMs, parseRfc3339 } from './timestamp.ts';
