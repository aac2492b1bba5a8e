import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keyRingOf } from '../encryption/index.ts';
import { writeWholeFile } from '../export/out-file.ts';
import { ArchiveFiles } from './archive-files.ts';
import { addPart, readManifest } from './manifest.ts';
import { encryptArchive, type RecryptPlan } from './recrypt.ts';

const DAY = '2026-11-01';
const [older, newer] = [1, 2].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer];
const ring = keyRingOf([newer, older]);

/** An archive of one day: a plain file, one of an older key and one of the newest. */
async function mixedArchive(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-recrypt-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  let manifest = await readManifest(directory, 0);
  mkdirSync(join(directory, `day=${DAY}`));
  const sums = { rows: 1, cost_usd: '0', input_tokens: '0', output_tokens: '0' };
  for (const [n, keys] of [null, keyRingOf([older]), ring].entries()) {
    const file = `day=${DAY}/part-00000${n + 1}.parquet`;
    const files = new ArchiveFiles(keys);
    const bytes = files.toWrite(file, streamOf(Buffer.from(`PAR1 content ${n} PAR1`)));
    const written = await writeWholeFile(join(directory, file), bytes);
    manifest = await addPart(directory, manifest, DAY, {
      ...sums,
      ...written,
      file,
      archived_at: '2026-11-02T00:00:00Z',
      ...(files.key === null ? {} : { key: files.key }),
    });
  }
  return directory;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

it('what is to be encrypted is told before anything is, and only if there is something', async () => {
  const directory = await mixedArchive();
  const plans: RecryptPlan[] = [];
  const manifests: string[] = [];
  const manifest = (): string => readFileSync(join(directory, 'manifest.json'), 'utf8');
  const before = manifest();
  const tell = async (plan: RecryptPlan): Promise<void> => {
    plans.push(plan);
    manifests.push(manifest());
  };
  const files = new ArchiveFiles(ring);
  expect(await encryptArchive(directory, files, undefined, tell)).toMatchObject({ files: 2, unchanged: 1 });
  const from = [keyRingOf([older]).newest.fingerprint, 'none'].toSorted();
  expect(plans).toEqual([{ files: 2, from }]);
  expect(manifests).toEqual([before]);
  expect(await encryptArchive(directory, files, undefined, tell)).toMatchObject({ files: 0, unchanged: 3 });
  expect(plans).toHaveLength(1);
});

it('nothing is encrypted that cannot be accounted for', async () => {
  const directory = await mixedArchive();
  const before = readFileSync(join(directory, 'manifest.json'), 'utf8');
  const fail = (): Promise<void> => Promise.reject(new Error('no room'));
  const encrypting = encryptArchive(directory, new ArchiveFiles(ring), undefined, fail);
  await expect(encrypting).rejects.toThrow('no room');
  expect(readFileSync(join(directory, 'manifest.json'), 'utf8')).toBe(before);
});
