import { expect, it } from 'vitest';
import { IdentityStoreError } from './identities/index.ts';
import { tend } from './kept-identities.ts';

const failing = (error: Error) => () =>
  tend(() => {
    throw error;
  });

it('lets upkeep wait for room on the disk, whoever finds that there is none', () => {
  const ofSqlite = Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
  });
  const ofSystem = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  for (const error of [ofSqlite, ofSystem, new IdentityStoreError('disk_full')])
    expect(failing(error)).not.toThrow();
});

it('hides nothing else', () => {
  const damaged = Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
  expect(failing(damaged)).toThrow(damaged);
});
