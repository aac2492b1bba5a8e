import { describe, expect, it } from 'vitest';
import { writeText } from '../exposition/write-text.ts';
import { parseExposition } from './exposition.ts';
import { ExpositionParseError } from './parse-error.ts';
import { parseText } from './text.ts';

function refusal(text: string): string {
  try {
    parseText(text);
  } catch (error) {
    if (error instanceof ExpositionParseError) return `${error.code}@${error.line}`;
    throw error;
  }
  return 'accepted';
}

const SCATTERED = `
# A comment, then blanks and tabs in places.
# HELP  http_requests_total   The \\\\ total\\nnumber of "requests" \\"
#	TYPE http_requests_total counter
http_requests_total{ method = "post" , code="200" , } 1027 1395066363000
rpc_seconds_sum 1.7560473e+07
  http_requests_total{method="post",code="400"}    3 1395066363000

# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.05"} 24054
latency_seconds_bucket{le="+Inf"}144320
weird{path="C:\\\\DIR\\n\\"x\\"",other="\\q"} -Inf -3982045
latency_seconds_sum 53423
latency_seconds_count 144320
# TYPE visits Counter
visits 5
# TYPE t untyped
t NaN`;

describe('parseText', () => {
  it('reads what is scattered, as families of the data model', () => {
    const [requests, rpc, latency, weird, visits, t] = parseText(SCATTERED);
    expect(requests).toEqual({
      name: 'http_requests',
      type: 'counter',
      help: 'The \\ total\nnumber of "requests" \\"',
      unit: '',
      samples: [
        {
          name: 'http_requests_total',
          labels: { method: 'post', code: '200' },
          value: 1027,
          timestamp: 1395066363,
        },
        {
          name: 'http_requests_total',
          labels: { method: 'post', code: '400' },
          value: 3,
          timestamp: 1395066363,
        },
      ],
    });
    expect(rpc).toMatchObject({ name: 'rpc_seconds_sum', type: 'unknown' });
    expect(latency?.samples).toEqual([
      { name: 'latency_seconds_bucket', labels: { le: '0.05' }, value: 24054 },
      { name: 'latency_seconds_bucket', labels: { le: '+Inf' }, value: 144320 },
      { name: 'latency_seconds_sum', labels: {}, value: 53423 },
      { name: 'latency_seconds_count', labels: {}, value: 144320 },
    ]);
    expect(weird?.samples).toEqual([
      {
        name: 'weird',
        labels: { path: 'C:\\DIR\n"x"', other: '\\q' },
        value: Number.NEGATIVE_INFINITY,
        timestamp: -3982.045,
      },
    ]);
    expect(visits).toMatchObject({ name: 'visits', type: 'counter', exposedName: 'visits' });
    expect(visits?.samples).toEqual([{ name: 'visits_total', labels: {}, value: 5 }]);
    expect(t).toMatchObject({ type: 'unknown', samples: [{ value: Number.NaN }] });
  });

  it('gives the same families again after they were written', () => {
    const families = parseText(SCATTERED);
    expect(parseText(writeText(families, 'text'))).toEqual(families);
  });

  it('takes HELP and TYPE lines that repeat themselves', () => {
    expect(refusal('# TYPE a gauge\n# HELP a b\na 1\n# TYPE a gauge\n# HELP a b\n')).toBe('accepted');
  });

  it('reads quoted names', () => {
    expect(parseText('# TYPE "a.b" gauge\n{"a.b", "c.d"="e"} 1\n')[0]?.samples).toEqual([
      { name: 'a.b', labels: { 'c.d': 'e' }, value: 1 },
    ]);
  });

  it('accepts nothing at all', () => {
    expect(parseText('')).toEqual([]);
    expect(parseText('\n\n# just a comment')).toEqual([]);
  });

  it.each([
    ['a contradicting type', '# TYPE a gauge\n# TYPE a counter\n', 'METADATA_CONFLICT@2'],
    ['contradicting help', '# HELP a b\n# HELP a c\n', 'METADATA_CONFLICT@2'],
    ['a type after the samples', 'a 1\n# TYPE a gauge\n', 'METADATA_LATE@2'],
    ['a type after samples that it would claim', 'a_sum 1\n# TYPE a summary\n', 'METADATA_LATE@2'],
    ['a sample name of two families', '# TYPE a summary\n# TYPE a_sum gauge\na_sum 1\n', 'NAME_CLASH@3'],
    ['a histogram sample without suffix', '# TYPE a histogram\na 1\n', 'SAMPLE_UNEXPECTED@2'],
    ['an unknown type', '# TYPE a info\n', 'TYPE_UNKNOWN@1'],
    ['no type', '# TYPE a\n', 'TYPE_UNKNOWN@1'],
    ['a series twice', '\na{b="c",d="e"} 1\na{ d="e", b="c" } 2\n', 'SERIES_REPEATED@3'],
    ['a value that is no number', 'a 0x10\n', 'VALUE_INVALID@1'],
    ['no value', 'a{b="c"}\n', 'VALUE_INVALID@1'],
    ['a fractional timestamp', 'a 1 1.5\n', 'TIMESTAMP_INVALID@1'],
    ['something after the timestamp', 'a 1 1 1\n', 'SYNTAX@1'],
    ['a missing closing quote', 'a{b="c} 1\n', 'SYNTAX@1'],
    ['a missing comma', 'a{b="c"d="e"} 1\n', 'SYNTAX@1'],
    ['a bucket without le', '# TYPE a histogram\na_bucket 1\n', 'LABEL_MISSING@2'],
    ['a bound that is no number', '# TYPE a histogram\na_bucket{le="x"} 1\n', 'BUCKET_BOUND@2'],
    ['a name that is none', '0a 1\n', 'NAME_INVALID@1'],
    ['a name with a hyphen', '# TYPE a-b gauge\n', 'NAME_INVALID@1'],
  ])('refuses %s', (_why, text, outcome) => {
    expect(refusal(text)).toBe(outcome);
  });
});

describe('parseExposition', () => {
  const strict = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

  it('goes by the content type', () => {
    expect(() => parseExposition('a 1\n', strict)).toThrow(ExpositionParseError);
    expect(parseExposition('a 1\n', 'text/plain; version=0.0.4')).toHaveLength(1);
    expect(parseExposition('a 1\n')).toHaveLength(1);
    expect(parseExposition('a 1\n# EOF\n', strict)).toHaveLength(1);
  });

  it('refuses what it cannot read', () => {
    expect(() => parseExposition('', 'text/html')).toThrow('"text/html" is not a text exposition');
    expect(() => parseExposition('# EOF', 'application/openmetrics-text; version=2.0.0')).toThrow('2.0.0');
  });
});
