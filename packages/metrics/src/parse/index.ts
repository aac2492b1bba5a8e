/** What the rest of the package may use of the parsers. */
export { parseExposition } from './exposition.ts';
export { parseOpenMetrics } from './openmetrics.ts';
export { ExpositionParseError, PARSE_ERRORS, type ParseErrorCode } from './parse-error.ts';
export { parseText } from './text.ts';
