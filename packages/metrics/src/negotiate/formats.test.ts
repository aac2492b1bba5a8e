import { describe, expect, it } from 'vitest';
import { parseAccept } from './accept.ts';
import { negotiateEncoding } from './encoding.ts';
import { contentTypeOf, negotiateFormat } from './formats.ts';

const PROTO = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
/** What Prometheus 2.42 sends, with and without native histograms. */
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_2_NATIVE = `${PROTO},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`;
/** What Prometheus 3 sends. */
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1';

describe('negotiateFormat', () => {
  it.each([
    [undefined, 'text-0.0.4', 'underscores'],
    ['', 'text-0.0.4', 'underscores'],
    ['*/*', 'text-0.0.4', 'underscores'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text-0.0.4', 'underscores'],
    [PROMETHEUS_2, 'openmetrics-1.0.0', 'underscores'],
    [PROMETHEUS_2_NATIVE, 'protobuf', 'underscores'],
    [PROMETHEUS_3, 'openmetrics-1.0.0', 'allow-utf-8'],
    ['application/openmetrics-text', 'openmetrics-1.0.0', 'underscores'],
    ['application/openmetrics-text; version=0.0.1', 'openmetrics-0.0.1', 'underscores'],
    ['application/openmetrics-text; version=2.0.0', 'openmetrics-2.0.0', 'underscores'],
    ['application/openmetrics-text; version=3.0.0, text/plain; q=0.1', 'text-0.0.4', 'underscores'],
    [
      'application/openmetrics-text; q=0.4; version=2.0.0, text/plain; version=1.0.0',
      'text-1.0.0',
      'underscores',
    ],
    [
      'text/plain;version=0.0.4;q=0.3, application/openmetrics-text;q=0.9;escaping=dots',
      'openmetrics-1.0.0',
      'dots',
    ],
    ['TEXT/PLAIN; Version="1.0.0"; Escaping=VALUES', 'text-1.0.0', 'values'],
    ['text/plain;escaping=nonsense', 'text-0.0.4', 'underscores'],
    ['application/openmetrics-text;q=0, text/plain;q=0', 'text-0.0.4', 'underscores'],
    ['application/openmetrics-text;q=high, text/plain;q=0.1', 'text-0.0.4', 'underscores'],
    ['application/vnd.google.protobuf', 'text-0.0.4', 'underscores'],
    [`${PROTO.replace('delimited', 'text')}, application/*;q=0.1`, 'openmetrics-1.0.0', 'underscores'],
    ['application/json', 'text-0.0.4', 'underscores'],
  ])('%s → %s, %s', (accept, format, escaping) => {
    expect(negotiateFormat(accept)).toMatchObject({ format, escaping });
  });

  it('names the scheme where the format has one or the client asked for it', () => {
    expect(negotiateFormat(undefined).contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(negotiateFormat('text/plain; version=0.0.4; escaping=values').contentType).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=values',
    );
    expect(negotiateFormat('application/openmetrics-text').contentType).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    expect(negotiateFormat(PROTO).contentType).toBe(
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    );
    expect(contentTypeOf('openmetrics-2.0.0', 'allow-utf-8')).toBe(
      'application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8',
    );
  });
});

describe('negotiateEncoding', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['gzip, zstd', 'zstd'],
    ['gzip;q=1, zstd;q=0.5', 'gzip'],
    ['br', 'identity'],
    ['*', 'zstd'],
    ['*;q=0.5, zstd;q=0', 'gzip'],
    ['identity;q=0.9, gzip;q=0.5', 'identity'],
    ['gzip;q=0', 'identity'],
    ['identity;q=0', 'identity'],
  ])('%s → %s', (header, coding) => {
    expect(negotiateEncoding(header)).toBe(coding);
  });
});

describe('parseAccept', () => {
  it('does not split within quotes', () => {
    const [first, second] = parseAccept('a/b;x="1,2;\\"3";q=0.5, c/d');
    expect([first?.value, second?.value]).toEqual(['c/d', 'a/b']);
    expect(second?.parameters.get('x')).toBe('1,2;"3');
  });

  it('takes long nonsense in its stride', () => {
    expect(parseAccept(`${','.repeat(50_000)}${'"'.repeat(50_001)};;;=`)).toHaveLength(1);
  });
});
