import { describe, expect, it } from 'vitest';
import { snappyDecompress } from '../../../../../tests/metrics/snappy-decompress.ts';
import { generator } from '../../testing/random.ts';
import { snappyCompress } from './snappy.ts';

describe('snappyCompress', () => {
  it('comes back as it was, for any mix of repeats and noise', () => {
    const random = generator(7);
    for (let round = 0; round < 300; round++) {
      const input = Buffer.alloc(Math.floor(random() ** 3 * 300_000));
      const alphabet = 1 + Math.floor(random() * 255);
      for (let i = 0; i < input.length; i++) {
        const repeats = i > 100 && random() < 0.02;
        if (!repeats) {
          input[i] = Math.floor(random() * alphabet);
          continue;
        }
        const from = Math.floor(random() * i);
        const length = Math.min(Math.floor(random() * 200), input.length - i);
        for (let k = 0; k < length; k++) input[i + k] = input[from + k]!;
        i += length;
      }
      expect(snappyDecompress(snappyCompress(input)).equals(input)).toBe(true);
    }
  });

  it.each([0, 1, 15, 16, 17, 59, 60, 61, 65, 68, 255, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    'handles %i equal bytes',
    (length) => {
      const input = Buffer.alloc(length, 'a');
      expect(snappyDecompress(snappyCompress(input)).equals(input)).toBe(true);
    },
  );

  it('makes repetitive input small and noise hardly larger', () => {
    const labels = Buffer.from(
      '__name__http_requests_total method GET path /api/v1/items status 200 '.repeat(2000),
    );
    expect(snappyCompress(labels).length).toBeLessThan(labels.length / 15);
    const random = generator(3);
    const noise = Buffer.from(Uint8Array.from({ length: 100_000 }, () => random() * 256));
    expect(snappyCompress(noise).length).toBeLessThan(noise.length + 64);
  });
});
