import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keyRingOf } from './key-file.ts';
import { openSealedFile, readSealedHead, sealFile } from './sealed-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-sealed-'));
afterAll(() => rmSync(directory, { recursive: true }));

const NAME = 'day=2026-11-01/part-000001.parquet';
const CHUNK = 65_536;
const TAG = 16;
const secrets = [randomBytes(32), randomBytes(32)] as const;
const ring = keyRingOf([secrets[0]]);
const path = join(directory, 'file');

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** In pieces of odd lengths. */
function* pieces(content: Buffer): Generator<Uint8Array> {
  for (let at = 0, size = 1; at < content.length; at += size, size = (size * 7) % 100_003)
    yield content.subarray(at, at + size);
}

async function sealed(content: Buffer): Promise<Buffer> {
  const bytes = await whole(sealFile(ring.newest, NAME, pieces(content)));
  writeFileSync(path, bytes);
  return bytes;
}

async function opened(bytes: Uint8Array, keys: typeof ring | null = ring, name = NAME): Promise<Buffer> {
  writeFileSync(path, bytes);
  return whole(openSealedFile(path, keys, name));
}

describe('a sealed file', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 12_345])(
    'gives back %i bytes as they were, with any ring that has its key',
    async (length) => {
      const content = randomBytes(length);
      const bytes = await sealed(content);
      expect(await opened(bytes)).toEqual(content);
      expect(await opened(bytes, keyRingOf([secrets[1], secrets[0]]))).toEqual(content);
      const chunks = Math.max(1, Math.ceil(length / CHUNK));
      expect(bytes.length - length).toBe(4 + 8 + 60 + 2 + NAME.length + chunks * TAG);
    },
  );

  it('says what it is, and is never the same twice', async () => {
    const content = Buffer.from('canary');
    const [first, second] = [await sealed(content), await sealed(content)];
    expect(first).not.toEqual(second);
    expect(readSealedHead(path)).toEqual({ key: ring.newest.fingerprint, name: NAME });
    expect(first.includes('canary')).toBe(false);
    writeFileSync(path, 'PAR1');
    expect(readSealedHead(path)).toBeNull();
  });

  it('says plainly which key it needs', async () => {
    const bytes = await sealed(randomBytes(10));
    await expect(opened(bytes, null)).rejects.toThrow(
      `is encrypted with the key ${ring.newest.fingerprint}; name its file by storage.encryption_key_file`,
    );
    const other = keyRingOf([secrets[1]]);
    await expect(opened(bytes, other)).rejects.toThrow(
      `is encrypted with the key ${ring.newest.fingerprint}, and storage.encryption_key_file has the key ${other.newest.fingerprint}`,
    );
  });

  it('does not open with any byte changed', async () => {
    const bytes = await sealed(randomBytes(200));
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await expect(opened(changed)).rejects.toThrow(/changed after|encrypted|no encrypted file/);
    }
  });

  it('does not open cut short, lengthened, with chunks exchanged or doubled, or as another file', async () => {
    const bytes = await sealed(randomBytes(3 * CHUNK));
    const head = bytes.length - 3 * (CHUNK + TAG);
    const chunk = (n: number) => bytes.subarray(head + n * (CHUNK + TAG), head + (n + 1) * (CHUNK + TAG));
    const made = (...numbers: number[]) => Buffer.concat([bytes.subarray(0, head), ...numbers.map(chunk)]);
    expect(made(0, 1, 2)).toEqual(bytes);
    for (const order of [[], [0], [0, 1], [1, 0, 2], [0, 0, 1, 2], [0, 2], [2], [0, 1, 2, 2]])
      await expect(opened(made(...order))).rejects.toThrow(/damaged, or was changed/);
    for (const length of [head - 1, head + 1, bytes.length - 1])
      await expect(opened(bytes.subarray(0, length))).rejects.toThrow(/damaged|no encrypted file/);
    await expect(opened(Buffer.concat([bytes, Buffer.from([0])]))).rejects.toThrow(/damaged/);
    await expect(opened(bytes, ring, NAME.replace('1.', '2.'))).rejects.toThrow(/was encrypted as/);
    const other = await whole(sealFile(ring.newest, NAME, [randomBytes(3 * CHUNK)]));
    const mixed = Buffer.concat([other.subarray(0, head), bytes.subarray(head)]);
    await expect(opened(mixed)).rejects.toThrow(/damaged/);
  });

  it('is read in pieces of one chunk', async () => {
    await sealed(randomBytes(5 * CHUNK));
    const lengths: number[] = [];
    for await (const piece of openSealedFile(path, ring, NAME)) lengths.push(piece.length);
    expect(lengths).toEqual([CHUNK, CHUNK, CHUNK, CHUNK, CHUNK]);
    expect(readFileSync(path).length).toBeGreaterThan(5 * CHUNK);
  });
});
