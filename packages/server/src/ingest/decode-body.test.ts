import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBody } from './decode-body.ts';

const body = Buffer.from('0123456789abcdef'.repeat(50_000));
const bounds = { bytesMax: body.length, hold: () => true };
const encoded: [string, Buffer][] = [
  ['gzip', gzipSync(body)],
  ['zstd', zstdCompressSync(body)],
  ['br', brotliCompressSync(body)],
];

describe.each(encoded)('a body in %s', (encoding, bytes) => {
  it('is unpacked', async () => {
    expect((await decodeBody(bytes, encoding, bounds)).equals(body)).toBe(true);
  });

  it('is cut off at the limit', async () => {
    await expect(decodeBody(bytes, encoding, { ...bounds, bytesMax: body.length - 1 })).rejects.toMatchObject(
      { code: 'body_too_large' },
    );
  });

  it('asks for memory as it grows, and unpacks no further than there is some', async () => {
    const asked: number[] = [];
    const hold = (size: number): boolean => asked.push(size) < 3;
    await expect(decodeBody(bytes, encoding, { ...bounds, hold })).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)).toBeLessThan(body.length / 2);
  });

  it('is refused if its end is missing', async () => {
    await expect(decodeBody(bytes.subarray(0, -12), encoding, bounds)).rejects.toMatchObject({
      code: 'invalid_encoding',
    });
  });
});
