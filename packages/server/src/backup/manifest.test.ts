import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readExistingManifest } from '../archive/manifest.ts';
import { type BackupManifest, printManifest, readBackupManifest } from './manifest.ts';

const folder = mkdtempSync(join(tmpdir(), 'bellwether-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sound: BackupManifest = {
  backup_version: 1,
  id: '1',
  software: { name: 'bellwether', version: '1' },
  taken_at: '2026-11-01T00:00:00Z',
  journal: { id: 'j', last_block: 1, last_seq: 1, loaded_block: 1, events: 1 },
  tables: {},
  encryption_key: null,
  files: [{ path: 'engine/store/a', bytes: 1, sha256: '0' }],
  links: [{ path: 'engine/data/link', target: '../store' }],
  folders: ['engine/store', 'engine/data'],
  bytes: 1,
};

/** Reads a manifest that somebody made to look as if it had been written here: its hash is right. */
async function read(change: Partial<BackupManifest>): Promise<BackupManifest> {
  const { text, hash } = printManifest({ ...sound, ...change });
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'manifest.sha256'), hash);
  return readBackupManifest(folder);
}

const file = (path: string): Partial<BackupManifest> => ({ files: [{ path, bytes: 1, sha256: '0' }] });
const link = (path: string, target: string): Partial<BackupManifest> => ({ links: [{ path, target }] });

describe('the manifest of a backup', () => {
  it('may name what is in a data directory', async () => {
    expect(await read({})).toEqual(sound);
  });

  it.each([
    ['a file above', file('../state.db')],
    ['a file above, later', file('engine/../../state.db')],
    ['a file by its whole path', file('/etc/cron.d/evil')],
    ['a file with a backslash', file('engine/..\\..\\evil')],
    ['a file with a NUL', file('engine/a\0')],
    ['a file that no data directory has', file('evil')],
    ['no name', file('')],
    ['a file below a link', { ...file('engine/data/link/a'), ...link('engine/data/link', '../store') }],
    ['a folder above', { folders: ['engine/../..'] }],
    ['a folder below a link', { folders: ['engine/data/link/a'] }],
    ['a link above', link('../evil', 'engine')],
    ['a link that leads out', link('engine/data/link', '../../../etc')],
    ['a link that leads out by a whole path', link('engine/data/link', '/etc')],
    [
      'a link below a link',
      {
        links: [
          { path: 'engine/data/link', target: '../store' },
          { path: 'engine/data/link/evil', target: '../store' },
        ],
      },
    ],
  ])('is refused with %s', async (_name, change) => {
    await expect(read(change)).rejects.toMatchObject({
      code: 'backup_damaged',
      message: expect.stringContaining('names a file that no backup has'),
    });
  });
});

describe('the manifest of an archive', () => {
  it.each([
    '../day=2026-11-01/part-000001.parquet',
    'day=2026-11-01/../part-000001.parquet',
    '/day=2026-11-01/part-000001.parquet',
    'day=2026-11-02/part-000001.parquet',
    'day=2026-11-01/part-000001.parquet/../../../etc/passwd',
    "day=2026-11-01/part-000001.parquet', 'Parquet') --",
    'day=2026-11-01/part-000001.parquet\n',
  ])('is refused with %j', async (path) => {
    const days = { '2026-11-01': [{ file: path }] };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ archive_version: 1, days }));
    await expect(readExistingManifest(folder)).rejects.toMatchObject({
      message: expect.stringContaining('names a file that no archive has'),
    });
  });
});
