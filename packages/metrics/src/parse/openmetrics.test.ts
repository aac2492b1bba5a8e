import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeText } from '../exposition/write-text.ts';
import { parseOpenMetrics } from './openmetrics.ts';
import { ExpositionParseError } from './parse-error.ts';

const CASES = new URL('../../../../../shared/data/openmetrics/parsers/', import.meta.url).pathname;
const hasCases = existsSync(CASES);
if (!hasCases) {
  if (process.env.CI) throw new Error(`the parser cases are missing at ${CASES}`);
  console.warn('The OpenMetrics parser cases are absent: the conformance test is skipped.');
}

/** The error of a text that must be refused, as `CODE@line`. */
function refusal(text: string | Uint8Array): string {
  try {
    parseOpenMetrics(text);
  } catch (error) {
    if (error instanceof ExpositionParseError) return `${error.code}@${error.line}`;
    throw error;
  }
  return 'accepted';
}

function histogramPoint(timestamp: number): string[] {
  return [
    `a_bucket{le="1.0"} 1 ${timestamp}`,
    `a_bucket{le="+Inf"} 2 ${timestamp}`,
    `a_sum 3 ${timestamp}`,
    `a_count 2 ${timestamp}`,
  ];
}

describe.runIf(hasCases)('the conformance cases of the OpenMetrics project', () => {
  const cases = hasCases ? readdirSync(CASES) : [];

  it.each(cases)('%s', (name) => {
    const text = readFileSync(join(CASES, name, 'metrics'));
    const description: unknown = JSON.parse(readFileSync(join(CASES, name, 'test.json'), 'utf8'));
    const { shouldParse } = description as { shouldParse: boolean };
    const outcome = refusal(text);
    expect([name, outcome === 'accepted' || outcome]).toEqual([name, shouldParse || outcome]);
    expect(outcome === 'accepted').toBe(shouldParse);
    const families = shouldParse ? parseOpenMetrics(text) : [];
    expect(parseOpenMetrics(writeText(families, 'openmetrics'))).toEqual(families);
  });
});

describe('parseOpenMetrics', () => {
  it('reads metadata, labels, timestamps and exemplars', () => {
    const text = [
      '# TYPE http_seconds counter',
      '# UNIT http_seconds seconds',
      '# HELP http_seconds Time \\"spent\\",\\nby \\\\ path',
      'http_seconds_total{path="/a\\"b\\\\c\\nd",x="é😀"} 1.5 1.25 # {trace_id="abc"} 0.5 1.125',
      'http_seconds_created{path="/a\\"b\\\\c\\nd",x="é😀"} 1 1.25',
      '# TYPE build info',
      'build_info{version="1"} 1',
      'lonely{} +Inf',
      '# EOF',
    ].join('\n');
    const labels = { path: '/a"b\\c\nd', x: 'é😀' };
    const exemplar = { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 1.125 };
    expect(parseOpenMetrics(text)).toEqual([
      {
        name: 'http_seconds',
        type: 'counter',
        unit: 'seconds',
        help: 'Time "spent",\nby \\ path',
        samples: [
          { name: 'http_seconds_total', labels, value: 1.5, timestamp: 1.25, exemplar },
          { name: 'http_seconds_created', labels, value: 1, timestamp: 1.25 },
        ],
      },
      {
        name: 'build',
        type: 'info',
        unit: '',
        help: '',
        samples: [{ name: 'build_info', labels: { version: '1' }, value: 1 }],
      },
      {
        name: 'lonely',
        type: 'unknown',
        unit: '',
        help: '',
        samples: [{ name: 'lonely', labels: {}, value: Number.POSITIVE_INFINITY }],
      },
    ]);
  });

  it('reads quoted names of metrics and labels', () => {
    const text = '# TYPE "my.metric" gauge\n{"my.metric","a.b"="c",d="e"} 1\n{"my.metric"} 2\n# EOF\n';
    expect(parseOpenMetrics(text)[0]).toEqual({
      name: 'my.metric',
      type: 'gauge',
      unit: '',
      help: '',
      samples: [
        { name: 'my.metric', labels: { 'a.b': 'c', d: 'e' }, value: 1 },
        { name: 'my.metric', labels: {}, value: 2 },
      ],
    });
  });

  it('keeps a label named __proto__ as a label', () => {
    const sample = parseOpenMetrics('a{__proto__="x",b="y"} 1\n# EOF\n')[0]?.samples[0];
    expect(Object.entries(sample?.labels ?? {})).toEqual([
      ['__proto__', 'x'],
      ['b', 'y'],
    ]);
    expect(Object.getPrototypeOf(sample?.labels)).toBe(Object.prototype);
  });

  it('keeps two points whose timestamps differ beyond the precision of a double', () => {
    const text = 'a 1 1520430000.0000000001\na 2 1520430000.0000000002\n# EOF\n';
    expect(parseOpenMetrics(text)[0]?.samples.map((sample) => sample.value)).toEqual([1, 2]);
  });

  it('keeps two points of one time, as exposers with coarse clocks make them', () => {
    expect(parseOpenMetrics('a 1 5\na 2 5.0\n# EOF\n')[0]?.samples.map((sample) => sample.value)).toEqual([
      1, 2,
    ]);
  });

  it('takes several points of a histogram', () => {
    const text = ['# TYPE a histogram', ...histogramPoint(1), ...histogramPoint(2), '# EOF'].join('\n');
    expect(parseOpenMetrics(text)[0]?.samples).toHaveLength(8);
  });

  it('accepts the empty exposition and families without samples', () => {
    expect(parseOpenMetrics('# EOF')).toEqual([]);
    expect(parseOpenMetrics('# UNIT a \n# HELP a \n# EOF\n')).toEqual([
      { name: 'a', type: 'unknown', unit: '', help: '', samples: [] },
    ]);
  });
});

describe('parseOpenMetrics refuses', () => {
  const histogram = '# TYPE a histogram\n';
  const cases: readonly [why: string, text: string, outcome: string][] = [
    ['a carriage return at the end of a line', 'a 1\r\n# EOF\n', 'VALUE_INVALID@1'],
    ['a byte order mark', '\uFEFFa 1\n# EOF\n', 'NAME_INVALID@1'],
    ['a tab instead of a space', 'a\t1\n# EOF\n', 'SYNTAX@1'],
    ['two spaces', 'a  1\n# EOF\n', 'VALUE_INVALID@1'],
    ['a space before the labels', 'a {b="c"} 1\n# EOF\n', 'VALUE_INVALID@1'],
    ['spaces between the labels', 'a{b="c", d="e"} 1\n# EOF\n', 'SYNTAX@1'],
    ['a blank line after the end', 'a 1\n# EOF\n\n', 'TEXT_AFTER_EOF@2'],
    ['the end without a line of its own', 'a 1 # EOF', 'EXEMPLAR_NOT_ALLOWED@1'],
    ['an unterminated last line', 'a 1', 'EOF_MISSING@0'],
    ['a comment', '# a comment\n# EOF\n', 'COMMENT@1'],
    ['a type in capitals', '# TYPE a Gauge\n# EOF\n', 'TYPE_UNKNOWN@1'],
    ['the type of the classic format', '# TYPE a untyped\n# EOF\n', 'TYPE_UNKNOWN@1'],
    ['help that ends in a backslash', '# HELP a b\\\n# EOF\n', 'ESCAPE@1'],
    ['an inherited name as a type', '# TYPE a toString\n# EOF\n', 'TYPE_UNKNOWN@1'],
    ['a number beyond doubles', 'a 1e999\n# EOF\n', 'VALUE_INVALID@1'],
    ['digit separators', 'a 1_000\n# EOF\n', 'VALUE_INVALID@1'],
    ['a metric name with a hyphen', 'a-b 1\n# EOF\n', 'SYNTAX@1'],
    ['a colon in a label name', 'a{b:c="d"} 1\n# EOF\n', 'SYNTAX@1'],
    ['the metric name twice', 'a{"a"} 1\n# EOF\n', 'NAME_INVALID@1'],
    ['no metric name', '{b="c"} 1\n# EOF\n', 'NAME_INVALID@1'],
    ['an empty quoted name', '{""} 1\n# EOF\n', 'NAME_INVALID@1'],
    ['a quoted name behind labels', '{b="c","a"} 1\n# EOF\n', 'SYNTAX@1'],
    [
      'a gauge named like the sample of a counter',
      '# TYPE a counter\n# TYPE a_created gauge\n# EOF\n',
      'NAME_CLASH@2',
    ],
    ['a family that comes back', 'a 1\nb 1\na{c="d"} 1\n# EOF\n', 'NAME_CLASH@3'],
    ['a counter sample without suffix', '# TYPE a counter\na 1\n# EOF\n', 'NAME_CLASH@2'],
    ['a counter without total', '# TYPE a counter\na_created 1\n# EOF\n', 'TOTAL_MISSING@2'],
    ['a negative counter', '# TYPE a counter\na_total -1\n# EOF\n', 'VALUE_NEGATIVE@2'],
    [
      'a creation time that is no time',
      '# TYPE a counter\na_total 1\na_created NaN\n# EOF\n',
      'VALUE_NOT_FINITE@3',
    ],
    ['the same series twice', 'a{b="c",d="e"} 1\na{d="e",b="c"} 1\n# EOF\n', 'SERIES_REPEATED@2'],
    ['the same series by an empty label', 'a{b="c"} 1\na{b="c",d=""} 1\n# EOF\n', 'SERIES_REPEATED@2'],
    ['the same series by another escape', 'a{b="\\x"} 1\na{b="\\\\x"} 1\n# EOF\n', 'SERIES_REPEATED@2'],
    ['the same sum and time twice', '# TYPE a summary\na_sum 1 5\na_sum 2 5.0\n# EOF\n', 'SERIES_REPEATED@3'],
    [
      'series that are interleaved',
      'a{b="1"} 1 1\na{b="2"} 1 1\na{b="1"} 1 2\n# EOF\n',
      'SERIES_INTERLEAVED@3',
    ],
    ['a metric that only reserves its name', '# TYPE a_info gauge\n# TYPE a info\n# EOF\n', 'NAME_CLASH@2'],
    ['half a bucket', `${histogram}a_bucket{le="+Inf"} 1.5\n# EOF\n`, 'VALUE_FRACTION@2'],
    ['a bucket bound of NaN', `${histogram}a_bucket{le="NaN"} 1\n# EOF\n`, 'BUCKET_BOUND@2'],
    ['infinity without its sign', `${histogram}a_bucket{le="Inf"} 1\n# EOF\n`, 'BUCKET_BOUND@2'],
    ['a bucket without le', `${histogram}a_bucket 1\n# EOF\n`, 'LABEL_MISSING@2'],
    ['le on the sum', `${histogram}a_sum{le="1"} 1\n# EOF\n`, 'LABEL_NOT_ALLOWED@2'],
    [
      'the same bucket twice',
      `${histogram}a_bucket{le="1"} 1\na_bucket{le="1.0"} 1\n# EOF\n`,
      'SERIES_REPEATED@3',
    ],
    ['a histogram that ends early', `${histogram}a_bucket{le="1"} 1\n# EOF\n`, 'BUCKET_INF_MISSING@2'],
    ['a count without sum', `${histogram}a_bucket{le="+Inf"} 1\na_count 1\n# EOF\n`, 'COUNT_WITHOUT_SUM@3'],
    [
      'a count that differs from the last bucket',
      `${histogram}a_bucket{le="+Inf"} 1\na_count 2\na_sum 1\n# EOF\n`,
      'COUNT_MISMATCH@4',
    ],
    [
      'an exemplar above its bucket',
      `${histogram}a_bucket{le="1"} 1 # {} 1.5\n# EOF\n`,
      'EXEMPLAR_OUTSIDE@2',
    ],
    ['two exemplars', '# TYPE a counter\na_total 1 # {} 1 # {} 1\n# EOF\n', 'TIMESTAMP_INVALID@2'],
    ['a fractional count of a summary', '# TYPE a summary\na_count 1.5\n# EOF\n', 'VALUE_FRACTION@2'],
    ['a negative quantile value', '# TYPE a summary\na{quantile="0.5"} -1\n# EOF\n', 'VALUE_NEGATIVE@2'],
    ['a quantile on the sum', '# TYPE a summary\na_sum{quantile="0.5"} 1\n# EOF\n', 'LABEL_NOT_ALLOWED@2'],
    [
      'a quantile twice',
      '# TYPE a summary\na{quantile="0.5"} 1\na{quantile=".5"} 1\n# EOF\n',
      'SERIES_REPEATED@3',
    ],
    ['a state twice', '# TYPE a stateset\na{a="x"} 1\na{a="x"} 0\n# EOF\n', 'SERIES_REPEATED@3'],
    ['half a state', '# TYPE a stateset\na{a="x"} 0.5\n# EOF\n', 'VALUE_NOT_BOOLEAN@2'],
    ['a unit of an info', '# UNIT a_b b\n# TYPE a_b info\n# EOF\n', 'UNIT_NOT_ALLOWED@2'],
    ['a lone surrogate', 'a 1\nb{c="\ud800"} 1\n# EOF\n', 'NOT_UTF8@2'],
  ];

  it.each(cases)('%s', (_why, text, outcome) => {
    expect(refusal(text)).toBe(outcome);
  });

  it('bytes that are not UTF-8, with their line', () => {
    const bytes = Buffer.concat([
      Buffer.from('a 1\nb{c="'),
      Buffer.from([0xff]),
      Buffer.from('"} 1\n# EOF\n'),
    ]);
    expect(refusal(bytes)).toBe('NOT_UTF8@2');
  });

  it('says line and reason in words', () => {
    expect(() => parseOpenMetrics('a 1\nb x\n# EOF\n')).toThrow('line 2: "x" is not a number');
  });
});

describe('the time parseOpenMetrics takes', () => {
  it('grows with the text only, whatever repeats', () => {
    const many = 20_000;
    const labels = Array.from({ length: many }, (_, i) => `l${i}="v"`).join(',');
    const quantiles = Array.from({ length: many }, (_, i) => `a{quantile="${i / many}"} 1\n`).join('');
    const series = Array.from({ length: many }, (_, i) => `b{x="${i}",a="${i}"} 1\n`).join('');
    const text = `# TYPE a summary\n${quantiles}${series}c{${labels}} ${'1'.repeat(many)}e-19990 0e999999999\n# EOF\n`;
    expect(parseOpenMetrics(text).map((family) => family.samples.length)).toEqual([many, many, 1]);
    expect(refusal(`a ${'1'.repeat(many)}x\n# EOF\n`)).toBe('VALUE_INVALID@1');
  });
});
