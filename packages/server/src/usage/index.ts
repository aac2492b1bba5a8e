/** Usage: what a provider's answer or stream says was used, in the event's meaning. */
export type { AnswerContext } from './read-answer.ts';
export { readAnswer, StreamReader } from './read-answer.ts';
export type { AlsoUsed, Counts, Reading, ReadingState } from './reading.ts';
