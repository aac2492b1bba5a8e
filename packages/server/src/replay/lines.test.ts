import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINE_BYTES_MAX, readLines } from './lines.ts';
import { RandomStream } from './random.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

async function linesOf(path: string): Promise<{ lines: string[]; rows: number[]; sha256: string }> {
  const hash = createHash('sha256');
  const lines: string[] = [];
  const rows: number[] = [];
  for await (const block of readLines(path, hash)) {
    for (const [index, line] of block.lines.entries()) {
      lines.push(line);
      rows.push(block.firstRow + index);
    }
  }
  return { lines, rows, sha256: hash.digest('hex') };
}

describe('readLines', () => {
  it.each([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['no end after the last line', 'a\nb', ['a', 'b']],
    ['empty lines', '\na\n\nb\n\n', ['', 'a', '', 'b', '']],
    ['a byte order mark', '\ufeffa\nb', ['a', 'b']],
    ['a carriage return within a line', 'a\rb\nc', ['a\rb', 'c']],
    ['nothing', '', []],
  ])('reads %s', async (_, content, wanted) => {
    const path = await fileOf(content);
    const { lines, rows, sha256 } = await linesOf(path);
    expect(lines).toEqual(wanted);
    expect(rows).toEqual(wanted.map((_line, index) => index + 1));
    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('gives the same lines and the same hash for a gzipped file, also of several members', async () => {
    const content = Array.from({ length: 50_000 }, (_, i) => `line ${i} – ${'ä€😀'.repeat(i % 7)}`).join(
      '\r\n',
    );
    const plain = await linesOf(await fileOf(content));
    expect(plain.lines).toEqual(content.split('\r\n'));
    expect(await linesOf(await fileOf(gzipSync(content)))).toEqual(plain);
    const bytes = Buffer.from(content);
    const members = Buffer.concat([gzipSync(bytes.subarray(0, 12_345)), gzipSync(bytes.subarray(12_345))]);
    expect(await linesOf(await fileOf(members))).toEqual(plain);
  });

  it('puts lines together wherever the chunks happen to end', async () => {
    const random = new RandomStream(3);
    for (let trial = 0; trial < 20; trial += 1) {
      const lines = Array.from({ length: 40 }, () =>
        'é€😀x'.repeat(Math.floor(random.uniform() ** 3 * 40_000)),
      );
      const { lines: found, rows } = await linesOf(await fileOf(`${lines.join('\n')}\n`));
      expect(found).toEqual(lines);
      expect(rows.at(-1)).toBe(40);
    }
  });

  it('refuses what is not a text file, with the row', async () => {
    const bad = Buffer.concat([
      Buffer.from('one\ntwo\nth'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('\nfour\n'),
    ]);
    await expect(linesOf(await fileOf(bad))).rejects.toMatchObject({ failure: 'bad_row', row: 3 });
    const long = `short\n${'x'.repeat(LINE_BYTES_MAX + 300_000)}`;
    await expect(linesOf(await fileOf(long))).rejects.toMatchObject({ failure: 'bad_row', row: 2 });
  });

  it('refuses a file that is cut off, damaged, missing or a directory', async () => {
    const gzipped = gzipSync(Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join('\n'));
    const cut = await fileOf(gzipped.subarray(0, gzipped.length / 2));
    await expect(linesOf(cut)).rejects.toThrow(`The file ${cut} ends in the middle of its gzip data.`);
    const damaged = Buffer.from(gzipped).fill(0xff, gzipped.length / 2, gzipped.length / 2 + 200);
    await expect(linesOf(await fileOf(damaged))).rejects.toThrow('has damaged gzip data.');
    await expect(linesOf(join(folder, 'missing'))).rejects.toThrow('missing does not exist.');
    await expect(linesOf(folder)).rejects.toThrow('is a directory.');
  });

  it('lets go of the file when its reader stops early', async () => {
    const path = await fileOf('line\n'.repeat(200_000));
    for (let trial = 0; trial < 50; trial += 1) {
      for await (const { firstRow } of readLines(path)) {
        expect(firstRow).toBe(1);
        break;
      }
    }
    const open = await readdir('/proc/self/fd').catch(() => []);
    expect(open.length).toBeLessThan(100);
  });
});
