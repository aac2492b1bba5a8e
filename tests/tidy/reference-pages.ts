/**
 * The reference pages that follow from a table in the code. A test holds each
 * against its file; `vitest -u` writes it anew.
 */

import {
  attributeBounds,
  declarationOf,
  errorCatalogue,
  eventFieldNames,
  type FieldKind,
} from '@bellwether/events';

/** `docs/reference/errors.md`. */
export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, retryable, message }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${message} |`,
  );
  return `# Errors

An error over HTTP is \`{"error": {"code", "message", "index"?, "line"?, "field"?}}\`: \`index\` is the zero-based position of the event in
the body, \`line\` the one-based line of an NDJSON body, \`field\` the field or parameter at fault. The message never quotes what was sent.
Where trying the same request again can help, the answer has \`Retry-After\`.

| code | status | try again | means |
|---|---|---|---|
${rows.join('\n')}

The server counts refused requests in \`custom_metrics_requests_refused_total{code}\`, and events that a partial request left out in
\`custom_metrics_events_rejected_total{code}\`.
`;
}

const kinds: Record<FieldKind, string> = {
  label: 'text, up to 256 characters',
  text: 'text',
  choice: 'one of',
  instant: 'RFC 3339 text or epoch milliseconds',
  count: 'integer, 0 to 2^53 − 1',
  duration: 'number ≥ 0, milliseconds',
  score: 'number, 0 to 1',
  money: 'decimal text or number ≥ 0, US dollars',
  flag: 'true or false',
  attributes: `map of up to ${attributeBounds.entriesMax} texts`,
};

/** `docs/reference/event.md`. */
export function eventPage(): string {
  const rows = eventFieldNames.map((name) => {
    const { kind, description, required, choices, maxLength, partOf } = declarationOf(name);
    const limits = [
      ...(choices === undefined ? [] : [choices.map((choice) => `\`${choice}\``).join(', ')]),
      ...(maxLength === undefined ? [] : [`up to ${maxLength} characters`]),
      ...(partOf === undefined ? [] : [`at most \`${partOf}\``]),
    ];
    const type = kind === 'choice' ? limits.join('') : [kinds[kind], ...limits].join('; ');
    return `| \`${name}\`${required ? ' (required)' : ''} | ${type} | ${description} |`;
  });
  return `# The event

A request event is a JSON object. A field that is not in this table is refused; what you want to add belongs in \`attributes\`. An empty
text is refused too: leave the field out. \`cache_read_tokens\` and \`cache_write_tokens\` together are at most \`input_tokens\`.

| field | value | meaning |
|---|---|---|
${rows.join('\n')}

Token counts are inclusive: input tokens include cached and cache-write tokens, output tokens include reasoning tokens. Amounts of money
are kept to the pico-dollar (1e-12 USD); finer digits are rounded half to even. An event without token counts and without a cost of its own has
no known price. Timestamps are kept to the nanosecond; a number that looks like seconds is refused. Prompts and answers are not part of the
event and are never stored.
`;
}
