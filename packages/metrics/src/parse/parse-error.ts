/**
 * Every reason for which an exposition is refused, declared once: a stable code
 * and the text that goes with it.
 */

/** The catalogue: code → message, with `{detail}` for the particulars. */
export const PARSE_ERRORS = {
  NOT_UTF8: 'the text is not valid UTF-8',
  EOF_MISSING: 'the exposition does not end with "# EOF"',
  TEXT_AFTER_EOF: 'there is text after "# EOF"',
  LINE_BLANK: 'blank lines are not allowed',
  COMMENT: 'a line that begins with "#" must be "# TYPE", "# UNIT", "# HELP" or "# EOF", in this spelling',
  METADATA_MALFORMED: 'a {detail} line needs a name and a value, each after one space',
  METADATA_REPEATED: 'a second {detail} line for the same metric family',
  METADATA_LATE: 'the {detail} line comes after samples of its metric family',
  METADATA_CONFLICT: 'a second {detail} line that says something else than the first',
  TYPE_UNKNOWN: '"{detail}" is not a metric type',
  UNIT_MISMATCH: 'the name does not end with the unit "{detail}" after an underscore',
  UNIT_NOT_ALLOWED: 'a metric family of type {detail} must not have a unit',
  NAME_INVALID: 'a metric name is expected',
  NAME_CLASH: 'the sample name "{detail}" can belong to two metric families',
  SAMPLE_UNEXPECTED: 'the sample "{detail}" fits no metric family that was declared',
  SYNTAX: 'expected {detail}',
  ESCAPE: 'a lone backslash at the end',
  LABEL_REPEATED: 'the label "{detail}" occurs twice',
  LABEL_MISSING: 'the label "{detail}" is missing',
  LABEL_NOT_ALLOWED: 'the label "{detail}" is not allowed here',
  VALUE_INVALID: '"{detail}" is not a number',
  TIMESTAMP_INVALID: '"{detail}" is not a timestamp',
  VALUE_NAN: 'a {detail} must not be NaN',
  VALUE_NEGATIVE: 'a {detail} must not be negative',
  VALUE_FRACTION: 'a {detail} must be a whole number',
  VALUE_NOT_ONE: 'the value of an info metric must be 1',
  VALUE_NOT_BOOLEAN: 'the value of a state must be 0 or 1',
  VALUE_NOT_FINITE: 'a {detail} must be finite',
  BUCKET_BOUND: '"{detail}" is not a bucket boundary; infinity is written "+Inf"',
  BUCKET_ORDER: 'buckets must come in rising order of their boundary',
  BUCKET_DECREASE: 'a bucket counts less than the one below it',
  BUCKET_INF_MISSING: 'the bucket with le="+Inf" is missing',
  COUNT_MISMATCH: 'the count differs from the bucket with le="+Inf"',
  COUNT_WITHOUT_SUM: 'sum and count must be given both or not at all',
  SUM_WITH_NEGATIVE_BUCKETS: 'a histogram with negative buckets must not have a sum',
  QUANTILE_INVALID: '"{detail}" is not a quantile from 0 to 1',
  TOTAL_MISSING: 'the counter has no sample that ends with _total',
  EXEMPLAR_NOT_ALLOWED: 'only counters and buckets can have an exemplar',
  EXEMPLAR_TOO_LONG: 'the labels of an exemplar are longer than 128 characters',
  EXEMPLAR_OUTSIDE: 'the exemplar is greater than the boundary of its bucket',
  SERIES_REPEATED: 'the same series occurs twice',
  SERIES_INTERLEAVED: 'the samples of one metric must stand together',
  TIMESTAMP_MIXED: 'samples of one metric are partly with and partly without timestamp',
  TIMESTAMP_BACKWARDS: 'timestamps of one metric must rise',
  CONTENT_TYPE: 'the content type "{detail}" is not a text exposition',
} as const;

/** The codes of the catalogue. */
export type ParseErrorCode = keyof typeof PARSE_ERRORS;

/** An exposition was refused. It holds nothing that may be used: part of it is not better than none. */
export class ExpositionParseError extends Error {
  override readonly name = 'ExpositionParseError';
  readonly code: ParseErrorCode;
  /** The line, counted from 1, or 0 if the fault is not in a line. */
  readonly line: number;

  constructor(code: ParseErrorCode, line: number, detail = '') {
    const shown = detail.length > 100 ? `${detail.slice(0, 100)}…` : detail;
    const reason = PARSE_ERRORS[code].replace('{detail}', () => shown);
    super(line > 0 ? `line ${line}: ${reason}` : reason);
    this.code = code;
    this.line = line;
  }
}
