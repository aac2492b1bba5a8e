import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimForKey, ENCRYPTION_MARK, keyOfDirectory } from './data-mark.ts';
import { deriveKeys, readEncryptionKey } from './key-file.ts';
import { BlockSealer, journalIdOf } from './sealed-block.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-key-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const hex = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

function keyFile(content: string, mode = 0o600): string {
  const path = join(directory, 'key');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('the key file', () => {
  it('holds the same key as hexadecimal and as base64', () => {
    const first = readEncryptionKey(keyFile(`${hex}\n`));
    const second = readEncryptionKey(keyFile(Buffer.from(hex, 'hex').toString('base64')));
    expect(second).toEqual(first);
    expect(first).toEqual(deriveKeys(Buffer.from(hex, 'hex')));
    expect(first?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(Buffer.from(first?.journal ?? []).equals(first?.engine ?? Buffer.from(hex, 'hex'))).toBe(false);
    expect(readEncryptionKey('')).toBeNull();
  });

  it.each(['', 'x', hex.slice(1), `${hex}0`, `${hex} ${hex}`, '='.repeat(44), `${hex}${' '.repeat(200)}x`])(
    'is refused if it holds %j',
    (content) => {
      const path = keyFile(content);
      expect(() => readEncryptionKey(path)).toThrow(/has to hold 32 bytes/);
    },
  );

  it('is refused if others may read it, or if it cannot be read, without being quoted', () => {
    for (const mode of [0o640, 0o604, 0o620, 0o602])
      expect(() => readEncryptionKey(keyFile(hex, mode))).toThrow(/others than its owner/);
    expect(() => readEncryptionKey(join(directory, 'none'))).toThrow(/cannot be read/);
    expect(() => readEncryptionKey(directory)).toThrow(/is no file/);
    expect(() => readEncryptionKey(keyFile(`${hex}0`))).not.toThrow(hex);
  });
});

describe('a data directory', () => {
  const key = deriveKeys(Buffer.from(hex, 'hex'));
  const other = deriveKeys(Buffer.alloc(32, 1));

  it('belongs to the key that it began with', () => {
    claimForKey(directory, key);
    claimForKey(directory, key);
    expect(keyOfDirectory(directory)).toBe(key.fingerprint);
    expect(() => claimForKey(directory, null)).toThrow(
      `is encrypted with the key ${key.fingerprint}; name its`,
    );
    expect(() => claimForKey(directory, other)).toThrow(
      `is encrypted with the key ${key.fingerprint}, and storage.encryption_key_file has the key ${other.fingerprint}`,
    );
  });

  it('stays as it is where it began without', () => {
    claimForKey(directory, null);
    expect(keyOfDirectory(directory)).toBeNull();
    mkdirSync(join(directory, 'journal'));
    expect(() => claimForKey(directory, key)).toThrow(/holds data that are not encrypted/);
    expect(keyOfDirectory(directory)).toBeNull();
  });

  it('whose note cannot be read, or is newer, is not opened', () => {
    for (const text of ['', '{}', '[]', '{"version":"1","key":"x"}']) {
      writeFileSync(join(directory, ENCRYPTION_MARK), text);
      for (const given of [key, null]) expect(() => claimForKey(directory, given)).toThrow(/cannot be read/);
    }
    writeFileSync(join(directory, ENCRYPTION_MARK), JSON.stringify({ version: 2, key: key.fingerprint }));
    expect(() => claimForKey(directory, key)).toThrow(/newer version/);
  });
});

describe('a sealed block', () => {
  const key = randomBytes(32);
  const label = { block: 7, kind: 'event', rows: 3 };
  const payload = randomBytes(500);

  it('opens in another opening of the journal, as a buffer of its own', () => {
    const sealed = new BlockSealer(key, 'j-1').seal(payload, label);
    expect(journalIdOf(sealed)).toBe('j-1');
    const opened = new BlockSealer(key, 'j-2').open(sealed, label);
    expect(opened).toEqual(new Uint8Array(payload));
    expect(opened?.buffer.byteLength).toBe(payload.length);
    const empty = new BlockSealer(key, '').seal(new Uint8Array(), label);
    expect(new BlockSealer(key, '').open(empty, label)).toEqual(new Uint8Array());
  });

  it('does not open with a bit of it changed, cut short, elsewhere, or with another key', () => {
    const sealer = new BlockSealer(key, 'j');
    const sealed = sealer.seal(payload, label);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(sealer.open(changed, label)).toBeNull();
      expect(sealer.open(sealed.subarray(0, at), label)).toBeNull();
    }
    for (const elsewhere of [{ block: 8 }, { kind: 'feedback' }, { rows: 4 }])
      expect(sealer.open(sealed, { ...label, ...elsewhere })).toBeNull();
    expect(new BlockSealer(randomBytes(32), 'j').open(sealed, label)).toBeNull();
    expect(sealer.open(payload, label)).toBeNull();
  });

  it('never has the nonce of another under its key', () => {
    const nonces = new Set<string>();
    for (let opening = 0; opening < 40; opening += 1) {
      const sealer = new BlockSealer(key, 'j');
      for (let n = 0; n < 50; n += 1)
        nonces.add(Buffer.from(sealer.seal(payload, label).subarray(6, 6 + 24)).toString('hex'));
    }
    expect(nonces.size).toBe(2000);
  });
});
