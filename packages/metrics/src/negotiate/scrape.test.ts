import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../family.ts';
import { writeOpenMetrics2 } from '../openmetrics2/write-openmetrics2.ts';
import { parseExposition } from '../parse/exposition.ts';
import { writeProtobuf } from '../protobuf/client-families.ts';
import { scrape, type ScrapeSource } from './scrape.ts';

function gauge(name: string, count: number): MetricFamily {
  const samples = Array.from({ length: count }, (_, i) => ({ name, labels: { 'a.b': String(i) }, value: i }));
  return { name, type: 'gauge', help: 'Help', unit: '', samples };
}

const FAMILIES = [gauge('plain', 600), gauge('not.plain', 3)];
const source: ScrapeSource = {
  families: (names) => (names === undefined ? FAMILIES : FAMILIES.filter(({ name }) => names.includes(name))),
};

describe('scrape', () => {
  it('escapes names unless the client takes them as they are', async () => {
    const escaped = await scrape(source, { names: ['not.plain'] });
    const families = parseExposition(escaped.body, escaped.headers['content-type']);
    expect(families[0]).toMatchObject({ name: 'not_plain', samples: [{ labels: { a_b: '0' } }, {}, {}] });
    const accept = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8';
    const verbatim = await scrape(source, { accept });
    expect(verbatim.headers['content-type']).toContain('escaping=allow-utf-8');
    expect(parseExposition(verbatim.body, verbatim.headers['content-type'])).toEqual(FAMILIES);
  });

  it('compresses as asked, and not what is small', async () => {
    const gzipped = await scrape(source, { acceptEncoding: 'gzip' });
    expect(gzipped.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(gzipped.body.length),
      vary: 'Accept, Accept-Encoding',
    });
    const plain = await scrape(source, {});
    expect(gunzipSync(gzipped.body)).toEqual(Buffer.from(plain.body));
    const zstd = await scrape(source, { acceptEncoding: 'zstd' });
    expect(zstdDecompressSync(zstd.body)).toEqual(Buffer.from(plain.body));
    const small = await scrape(source, { acceptEncoding: 'gzip', names: ['not.plain'] });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('gives protobuf and OpenMetrics 2.0 as their writers do', async () => {
    const proto =
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8';
    expect((await scrape(source, { accept: proto })).body).toEqual(writeProtobuf(FAMILIES));
    const accept = 'application/openmetrics-text;version=2.0.0;escaping=allow-utf-8';
    expect(Buffer.from((await scrape(source, { accept })).body).toString()).toBe(writeOpenMetrics2(FAMILIES));
  });

  it('lets a source render its own text where no name needs escaping', async () => {
    const asked: unknown[] = [];
    const rendering = {
      families: () => [gauge('from_families', 1)],
      render(options: unknown): Uint8Array {
        asked.push(options);
        return Buffer.from('rendered');
      },
    };
    const plain: ScrapeSource = { ...rendering, hasPlainNames: true };
    expect(Buffer.from((await scrape(plain, {})).body).toString()).toBe('rendered');
    await scrape(plain, { accept: 'application/openmetrics-text', names: ['a'] });
    await scrape(rendering, { accept: 'text/plain;escaping=allow-utf-8' });
    expect(asked).toEqual([{ format: 'text' }, { format: 'openmetrics', names: ['a'] }, { format: 'text' }]);
    const dots = await scrape(plain, { accept: 'text/plain;escaping=dots' });
    expect(Buffer.from(dots.body).toString()).toContain('from__families{a_dot_b="0"} 0');
  });
});
